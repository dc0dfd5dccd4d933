import { getSession } from '../session'

async function write() {
  'use server'
  const session = await getSession()
  await session.update(({ cart = [] }) => ({ cart: [...cart, 'tea'] }))
}

export default async function Page() {
  const session = await getSession()
  return (
    <form action={write}>
      <output data-testid="shown">
        {JSON.stringify({ userId: session.userId, cart: session.get('cart') ?? [] })}
      </output>
      <button>write</button>
    </form>
  )
}
