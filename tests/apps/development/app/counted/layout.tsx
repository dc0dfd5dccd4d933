import { Suspense } from 'react'
import { getSession } from '../../session'

export default function Layout({ children }: { readonly children: React.ReactNode }) {
  return (
    <>
      <Suspense>
        <User />
      </Suspense>
      {children}
    </>
  )
}

async function User() {
  const session = await getSession()
  return <p data-testid="user">{session.userId ?? 'guest'}</p>
}
