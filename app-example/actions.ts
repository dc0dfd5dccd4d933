'use server'

import { refresh } from 'next/cache'
import { CrossDomainError, type Session } from 'next-crossdomain-session'
import { locales, products, users, type Locale, type ShopData } from './data'
import { meOf, type Me } from './me'
import { getSession } from './session'

export type ActionResult = { readonly ok: true; readonly me: Me } | { readonly ok: false; readonly code: string }

export async function addToCart(id: string): Promise<ActionResult> {
  return change((session) => putIntoCart(session, id, (quantity) => quantity + 1))
}

export async function setQuantity(id: string, quantity: number): Promise<ActionResult> {
  return change((session) => putIntoCart(session, id, () => Math.min(99, Math.max(0, Math.trunc(quantity)))))
}

export async function setLocale(locale: Locale): Promise<ActionResult> {
  return change(async (session) => {
    if (locales.includes(locale)) await session.set('locale', locale)
  })
}

export async function signIn(userId: string): Promise<ActionResult> {
  return change(async (session) => {
    if (Object.hasOwn(users, userId)) await session.login(userId)
  })
}

export async function signOut(): Promise<ActionResult> {
  return change((session) => session.logout())
}

async function putIntoCart(session: Session<ShopData>, id: string, next: (quantity: number) => number): Promise<void> {
  if (!products.some((product) => product.id === id)) return
  await session.update((data) => {
    const { [id]: before = 0, ...rest } = data.cart ?? {}
    const quantity = next(before)
    return { ...data, cart: quantity > 0 ? { ...rest, [id]: quantity } : rest }
  })
}

/** Every write says how it went: an error of the kit becomes a message, and nothing else is hidden. */
async function change(write: (session: Session<ShopData>) => Promise<void>): Promise<ActionResult> {
  try {
    const session = await getSession()
    await write(session)
    refresh()
    return { ok: true, me: meOf(session) }
  } catch (error) {
    if (error instanceof CrossDomainError) return { ok: false, code: error.code }
    throw error
  }
}
