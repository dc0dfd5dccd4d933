import { sealData } from 'iron-session'
import type { BrowserContext, Page } from '@playwright/test'
import { describe, expect, test } from 'vitest'
import { redirectRequests } from '../../e2e/harness/headers.js'
import { launchBrowser, type BrowserWorld } from '../../e2e/harness/browserWorld.js'
import type { AppDomain, planApp } from '../support/builtApp.js'

interface Site {
  readonly app: Pick<Awaited<ReturnType<typeof planApp>>, 'originOf'>
  readonly log: readonly string[]
  readonly oldSecret: string
}

const worlds = [
  { world: 'third-party allowed', via: 'fetch' },
  { world: 'third-party blocked', via: 'navigation' },
] as const
const timeout = 240_000

/** What a visitor of `tests/apps/existing` sees in Chromium. */
export function inBrowser(site: () => Site): void {
  const urlOf = (domain: AppDomain, path = '/cart') => site().app.originOf(domain) + path

  async function withBrowser(
    world: BrowserWorld,
    use: (page: Page, context: BrowserContext) => Promise<void>,
  ) {
    const { context, close } = await launchBrowser(world)
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      await use(page, context)
    } finally {
      await close()
    }
  }

  /** What a page shows, sooner or later: it may be on its way through the exchange. */
  const shows = (page: Page, visitor: { userId: string | null; cart: string[] }) =>
    page.getByText(JSON.stringify(visitor), { exact: true }).waitFor()

  /** Requests to the route of the secondary. */
  function exchangesOf(page: Page): string[] {
    const asked: string[] = []
    page.on('request', (request) => {
      const [, action] = request.url().split(`${urlOf('secondary', '/crossdomain')}/`)
      const via = request.isNavigationRequest() ? 'navigation' : 'fetch'
      if (action !== undefined) asked.push(`${action.split('?')[0]} by ${via}`)
    })
    return asked
  }

  const fillCart = async (page: Page) => {
    await page.goto(urlOf('primary'))
    await page.evaluate(() => fetch('/api/cart?item=tea', { method: 'POST' }))
  }

  test.each(worlds)(
    'old cookies of iron-session on two domains make one session, and the second visit asks nothing: $world',
    { timeout },
    ({ world }) =>
      withBrowser(world, async (page, context) => {
        for (const [domain, item] of [
          ['primary', 'tea'],
          ['secondary', 'milk'],
        ] as const) {
          const value = await sealData({ userId: 'ada', cart: [item] }, { password: site().oldSecret })
          const url = urlOf(domain, '/')
          await context.addCookies([{ name: 'shop-session', value, url, httpOnly: true, sameSite: 'Lax' }])
        }
        const asked = exchangesOf(page)
        await page.goto(urlOf('primary'))
        await shows(page, { userId: 'ada', cart: ['tea'] })
        await page.goto(urlOf('secondary'))
        await shows(page, { userId: 'ada', cart: ['tea', 'milk'] })
        await page.waitForLoadState('networkidle')
        expect(asked).not.toEqual([])
        asked.length = 0
        for (const domain of ['primary', 'secondary'] as const) {
          await page.goto(urlOf(domain))
          await shows(page, { userId: 'ada', cart: ['tea', 'milk'] })
          await page.waitForLoadState('networkidle')
        }
        expect(asked).toEqual([])
      }),
  )

  describe('with a Content-Security-Policy', () => {
    test.each(worlds)(
      'the exchange needs no more than docs/csp.md allows: $world',
      { timeout },
      ({ world, via }) =>
        withBrowser(world, async (page) => {
          await fillCart(page)
          const asked = exchangesOf(page)
          const errors: string[] = []
          page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
          const answer = await page.goto(urlOf('secondary', '/cart?policy=documented'))
          expect(answer?.headers()['content-security-policy']).toContain(
            `connect-src 'self' ${urlOf('primary', '')};`,
          )
          await shows(page, { userId: null, cart: ['tea'] })
          expect(asked).toContain(`replace by ${via}`)
          expect(errors.filter((text) => text.includes('Content Security Policy'))).toEqual([])
        }),
    )

    test(
      'the console says that the primary is missing in connect-src, and a navigation follows',
      { timeout },
      () =>
        withBrowser('third-party allowed', async (page) => {
          await fillCart(page)
          const asked = exchangesOf(page)
          const told: string[] = []
          page.on('console', (message) => told.push(message.text()))
          await page.goto(urlOf('secondary', '/cart?policy=own'))
          await shows(page, { userId: null, cart: ['tea'] })
          expect(asked).toContain('replace by navigation')
          expect(told.join()).toContain(`directive: "connect-src 'self'"`)
        }),
    )
  })

  test.each(worlds)(
    'a primary that redirects to www. is told in the log, and the page is shown: $world',
    { timeout },
    ({ world }) =>
      withBrowser(world, async (page) => {
        await fillCart(page)
        const asked = exchangesOf(page)
        await redirectRequests(page, urlOf('primary', '/crossdomain/check*'), (url) =>
          url.replace('//primary.', '//www.primary.'),
        )
        await page.goto(urlOf('secondary'))
        await expect.poll(() => asked, { timeout: 60_000 }).toContain('replace by navigation')
        await shows(page, { userId: null, cart: [] })
        const { host } = new URL(urlOf('primary'))
        await expect.poll(() => site().log.join('')).toContain(`"www.${host}"; the primary is`)
      }),
  )
}
