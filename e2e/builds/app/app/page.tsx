import { revalidatePath } from 'next/cache'
import { Suspense } from 'react'
import { getSession } from '../session'

export default function Page() {
  return (
    <Suspense>
      <Visitor />
    </Suspense>
  )
}

async function Visitor() {
  const session = await getSession()
  return (
    <form>
      <p data-testid="cart">{session.get('cart')?.join() ?? 'empty'}</p>
      <p data-testid="user">{session.userId ?? 'guest'}</p>
      <button formAction={add}>Add</button>
      <button formAction={signIn}>Sign in</button>
      <button formAction={signOut}>Sign out</button>
    </form>
  )
}

async function add() {
  'use server'
  await (await getSession()).update((data) => ({ ...data, cart: [...(data.cart ?? []), 'tea'] }))
  revalidatePath('/')
}

async function signIn() {
  'use server'
  await (await getSession()).login('ada')
  revalidatePath('/')
}

async function signOut() {
  'use server'
  await (await getSession()).logout()
  revalidatePath('/')
}
