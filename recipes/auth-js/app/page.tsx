import Link from 'next/link'

export default function Page() {
  return (
    <main>
      <h1>One visitor, two domains</h1>
      <p>
        <Link href="/account" prefetch={false}>
          Account
        </Link>
      </p>
    </main>
  )
}
