import { test as base, type Page, type Route } from '@playwright/test'
import { launchBrowser, type BrowserWorld } from './browserWorld.js'
import { ErrorLog } from './errorLog.js'
import { ExchangeLog } from './exchangeLog.js'
import { originOf, type ShopDomain } from './shop.js'

interface Harness {
  /** What the visitor's browser is set to: `test.use({ browserWorld: 'third-party blocked' })`. */
  browserWorld: BrowserWorld
  /** The browser has a back/forward cache. */
  keepsPages: boolean
  /** Requests to the route of the exchange, in order. */
  exchange: ExchangeLog
  /** Fails the test when a page has an error that was not allowed: `errors.allow(/503/)`. */
  errors: ErrorLog
  /** Keeps the domains from talking to each other, to prepare each alone; errors of the refused requests are expected. */
  apart: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> }
  /** Opens a page of the shop as from the address bar. */
  open: (page: Page, domain: ShopDomain, path?: string) => Promise<void>
}

/** Playwright's `test` with a fresh Chromium profile for each test; `context` and `page` belong to it. */
export const test = base.extend<Harness>({
  browserWorld: ['third-party allowed', { option: true }],
  keepsPages: [false, { option: true }],
  context: async ({ browserWorld, keepsPages }, use) => {
    const { context, close } = await launchBrowser(browserWorld, keepsPages)
    await use(context)
    await close()
  },
  page: async ({ context }, use) => use(context.pages()[0] ?? (await context.newPage())),
  exchange: [async ({ context }, use) => use(new ExchangeLog(context)), { auto: true }],
  errors: [
    async ({ context }, use) => {
      const errors = new ErrorLog(context)
      await use(errors)
      errors.expectNone()
    },
    { auto: true },
  ],
  apart: async ({ context, errors }, use) => {
    const route = /\/crossdomain\/(start|check|replace)/
    const refuse = (request: Route) => request.abort()
    await use({
      begin: async () => {
        errors.allow(/ERR_FAILED/)
        await context.route(route, refuse)
      },
      end: () => context.unroute(route, refuse),
    })
  },
  open: async ({}, use) =>
    use(async (page, domain, path = '/') => {
      const url = originOf(domain) + path
      // A page that was about to leave for an exchange can overtake the address bar; a person would press Enter again.
      await page.goto(url).catch((error: Error) => {
        if (!error.message.includes('ERR_ABORTED')) throw error
        return page.goto(url)
      })
    }),
})

/** The two worlds in which domains meet, and how they do there. */
export const worlds = [
  { world: 'third-party allowed', via: 'fetch' },
  { world: 'third-party blocked', via: 'navigation' },
] as const

export { expect } from '@playwright/test'
export type { BrowserWorld } from './browserWorld.js'
