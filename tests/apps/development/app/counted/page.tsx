import { Suspense } from 'react'
import type { Metadata } from 'next'
import { getSession } from '../../session'

export async function generateMetadata(): Promise<Metadata> {
  const session = await getSession()
  return { title: session.get('cart')?.join() ?? 'empty' }
}

export default function Page() {
  return (
    <Suspense>
      <Cart />
    </Suspense>
  )
}

async function Cart() {
  const session = await getSession()
  return (
    <>
      <p data-testid="cart">{session.get('cart')?.join() ?? 'empty'}</p>
      <Nested />
    </>
  )
}

async function Nested() {
  const [first, second] = await Promise.all([getSession(), getSession()])
  return <p data-testid="same">{String(first === second)}</p>
}
