import { expect, type Locator, type Page } from '@playwright/test'

export type UserId = 'ada' | 'grace'

/** What the header of every page shows of the visitor. */
export interface Shown {
  readonly cart: number
  readonly user?: UserId | undefined
}

const names: Readonly<Record<UserId, string>> = { ada: 'Ada Lovelace', grace: 'Grace Hopper' }

export async function expectShown(page: Page, { cart, user }: Shown): Promise<void> {
  await expect(page.getByTestId('cart-count')).toHaveText(String(cart))
  await expect(page.getByTestId('user')).toHaveText(user === undefined ? 'guest' : names[user])
}

/** Puts the first product into the cart, on a start page that shows `before` so far. */
export async function addToCart(page: Page, before = 0): Promise<void> {
  await page.getByTestId('add-to-cart').click()
  await expect(page.getByTestId('cart-count')).toHaveText(String(before + 1))
}

export async function signIn(page: Page, user: UserId): Promise<void> {
  await page.getByTestId(`sign-in-${user}`).click()
  await expect(page.getByTestId('user')).toHaveText(names[user])
}

export async function signOut(page: Page): Promise<void> {
  await page.getByTestId('sign-out').click()
  await expect(page.getByTestId('user')).toHaveText('guest')
}

/** What the last exchange of this domain came to, for example "replaced by fetch, 24/12/2026, 10:00:00". */
export function agreed(page: Page): Locator {
  return page.getByTestId('agreed')
}

/**
 * Waits until a secondary has agreed with the primary on its present session: what changed here is known there from then on. A page that
 * was used does not leave for a navigation; its next load does.
 */
export async function expectAgreement(page: Page): Promise<void> {
  const noted = () =>
    page.evaluate(() => {
      const state = /__Host-crossdomain-sync=([\w-]+)/.exec(document.cookie)?.[1]
      const entry = localStorage.getItem(`crossdomain:${state}`)
      return JSON.parse(String(entry)) as { result: string; via?: string; again?: true } | null
    })
  await expect(async () => {
    const entry = await noted()
    if (entry?.result === 'navigate') await page.reload()
    expect(entry?.via === 'navigation' || (entry?.via === 'fetch' && !entry.again)).toBe(true)
  }).toPass({ intervals: [100, 1500], timeout: 20_000 })
}

/** The name of the session that the page shows. */
export async function fingerprintOf(page: Page): Promise<string> {
  const shown = page.getByTestId('fingerprint')
  await expect(shown).toHaveText(/^[0-9a-f]{10}$/)
  return (await shown.textContent()) ?? ''
}

/** Makes the last agreement so many seconds older; negative: it lies in the future. */
export async function ageAgreement(page: Page, seconds: number): Promise<void> {
  const aged = await page.evaluate((ms) => {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith('crossdomain:'))
    for (const key of keys) {
      const entry = JSON.parse(String(localStorage.getItem(key))) as { at: number }
      localStorage.setItem(key, JSON.stringify({ ...entry, at: entry.at - ms }))
    }
    return keys.length
  }, seconds * 1000)
  expect(aged, 'entries of agreements').toBe(1)
}

/** One week, for which an agreement is believed. */
export const weekSeconds = 604_800
