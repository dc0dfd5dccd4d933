'use server'

import { refresh } from 'next/cache'
import { redirect } from 'next/navigation'
import { CrossDomainError } from 'next-crossdomain-session'
import { currencies, locales, products, users, type Currency, type Locale, type ShopSession } from './data'
import { getSession, sessions } from './session'

export type ActionResult = { readonly ok: true } | { readonly ok: false; readonly code: string }

export async function addToCart(id: string): Promise<ActionResult> {
  return change((session) => putIntoCart(session, id, (quantity) => quantity + 1))
}

export async function setQuantity(id: string, quantity: number): Promise<ActionResult> {
  return change((session) => putIntoCart(session, id, () => Math.min(99, Math.max(0, Math.trunc(quantity)))))
}

/** The primary takes the orders of all shops: the message waits in the session, and is shown on the other domain. */
export async function order(): Promise<ActionResult> {
  const result = await change(async (session) => {
    await session.set('cart', {})
    await session.flash('ordered')
  })
  if (result.ok) await goToAccount()
  return result
}

export async function setLocale(locale: Locale): Promise<ActionResult> {
  return change(async (session) => {
    if (locales.includes(locale)) await session.set('locale', locale)
  })
}

export async function setCurrency(currency: Currency): Promise<ActionResult> {
  return change(async (session) => {
    if (currencies.includes(currency)) await session.local.set('currency', currency)
  })
}

export async function signIn(userId: string): Promise<ActionResult> {
  return change(async (session) => {
    if (Object.hasOwn(users, userId)) await session.login(userId)
  })
}

/** The account is on the primary, which knows who has signed in here by the time that its page renders. */
export async function signInToAccount(userId: string): Promise<ActionResult> {
  const result = await change(async (session) => {
    if (!Object.hasOwn(users, userId)) return
    await session.login(userId)
    await session.flash('welcome')
  })
  if (result.ok) await goToAccount()
  return result
}

export async function signOut(): Promise<ActionResult> {
  return change((session) => session.logout())
}

/** Of the own sessions only: whoever sends another fingerprint ends nothing. */
export async function endDevice(fingerprint: string): Promise<ActionResult> {
  return change(async (session) => {
    if (session.userId === null) return
    const devices = await sessions.list(session.userId)
    await devices.find((device) => device.fingerprint === fingerprint)?.destroy()
    if (fingerprint !== session.fingerprint) await session.flash('device-ended')
  })
}

export async function endOtherDevices(): Promise<ActionResult> {
  return change(async (session) => {
    if (session.userId === null) return
    await sessions.destroyAll(session.userId, { except: session.fingerprint })
    await session.flash('others-ended')
  })
}

/** @returns The token, which nobody can read again afterwards; or a code of the kit, or `signed-out` where another tab has just signed out. */
export async function createToken(): Promise<{ readonly token: string } | { readonly code: string }> {
  try {
    const session = await getSession()
    if (session.userId === null) return { code: 'signed-out' }
    const { token } = await sessions.createApiSession({
      userId: session.userId,
      days: 90,
      data: { cart: session.get('cart') ?? {} },
    })
    refresh()
    return { token }
  } catch (error) {
    if (error instanceof CrossDomainError) return { code: error.code }
    throw error
  }
}

async function goToAccount(): Promise<never> {
  const session = await getSession()
  redirect(await session.hrefTo(`${process.env.CROSSDOMAIN_PRIMARY_SERVERNAME}/account`))
}

async function putIntoCart(
  session: ShopSession,
  id: string,
  next: (quantity: number) => number,
): Promise<void> {
  if (!products.some((product) => product.id === id)) return
  await session.update((data) => {
    const { [id]: before = 0, ...rest } = data.cart ?? {}
    const quantity = next(before)
    return { ...data, cart: quantity > 0 ? { ...rest, [id]: quantity } : rest }
  })
}

/** Every write says how it went: an error of the kit becomes a message, and nothing else is hidden. */
async function change(write: (session: ShopSession) => Promise<void>): Promise<ActionResult> {
  try {
    await write(await getSession())
    refresh()
    return { ok: true }
  } catch (error) {
    if (error instanceof CrossDomainError) return { ok: false, code: error.code }
    throw error
  }
}
