import { Suspense } from 'react'
import { refresh } from 'next/cache'
import { getSession } from '../session'

export default function Page() {
  return (
    <Suspense>
      <Cart />
    </Suspense>
  )
}

async function Cart() {
  const session = await getSession()

  async function add() {
    'use server'
    const session = await getSession()
    await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), 'tea'] }))
    refresh()
  }

  return (
    <form action={add}>
      <p data-testid="cart">{session.get('cart')?.join() ?? 'empty'}</p>
      <p data-testid="user">{session.userId ?? 'guest'}</p>
      <button>Add</button>
    </form>
  )
}
