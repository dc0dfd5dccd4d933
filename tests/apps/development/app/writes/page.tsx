import { Suspense } from 'react'
import { CrossDomainError } from 'next-crossdomain-session'
import { getSession } from '../../session'

export default function Page() {
  return (
    <Suspense>
      <Writes />
    </Suspense>
  )
}

/** Tries every write while it renders, and shows what each was told. */
async function Writes() {
  const session = await getSession()
  const writes = {
    set: () => session.set('cart', ['stolen']),
    update: () => session.update(() => ({ cart: ['stolen'] })),
    delete: () => session.delete('cart'),
    login: () => session.login('somebody'),
    logout: () => session.logout(),
    destroy: () => session.destroy(),
  }
  const told: string[] = []
  for (const [name, write] of Object.entries(writes)) {
    const outcome = await write().then(
      () => 'done',
      (error: unknown) => (error instanceof CrossDomainError ? error.code : String(error)),
    )
    told.push(`${name} ${outcome}`)
  }
  return <p data-testid="told">{told.join()}</p>
}
