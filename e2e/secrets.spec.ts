// What a script of the page can get hold of.
import type { Page } from '@playwright/test'
import { originOf } from './harness/shop.js'
import { expect, test, worlds } from './harness/test.js'
import { addToCart, agreed, expectShown } from './harness/visitor.js'

/** Notes the final URL and the body of every fetch of the page, as a script of the page could. */
function spyOnFetch(): void {
  const seen: string[] = []
  Object.assign(window, { seen })
  const { fetch } = window
  window.fetch = async (...input) => {
    const response = await fetch(...input)
    seen.push(response.url, await response.clone().text(), JSON.stringify([...response.headers]))
    return response
  }
}

async function collect(page: Page): Promise<string> {
  return page.evaluate(() =>
    [
      document.cookie,
      ...[localStorage, sessionStorage].map((storage) => JSON.stringify(storage)),
      JSON.stringify(performance.getEntries()),
      JSON.stringify((window as { seen?: string[] }).seen ?? []),
      document.documentElement.outerHTML,
      location.href,
      JSON.stringify(history.state),
    ].join('\n'),
  )
}

for (const { world, via } of worlds) {
  test.describe(world, () => {
    test.use({ browserWorld: world })

    test('no script sees anything that still opens a session', async ({ page, context, open, errors }) => {
      errors.allow(/40[03]/)
      await context.addInitScript(spyOnFetch)
      await open(page, 'primary')
      await addToCart(page)
      const atPrimary = await collect(page)
      await open(page, 'secondary')
      await expect(agreed(page)).toContainText(`replaced by ${via}`)
      await expectShown(page, { cart: 1 })
      const all = `${atPrimary}\n${await collect(page)}`

      expect(await page.evaluate(() => document.cookie)).toMatch(
        /^__Host-crossdomain-sync=[0-9a-f]{10}\/crossdomain$|^__Host-crossdomain-sync=[0-9a-f]{10}%2Fcrossdomain$/,
      )
      for (const cookie of (await context.cookies()).filter(({ httpOnly }) => httpOnly))
        expect(all).not.toContain(cookie.value)
      const seals = new Set(all.match(/Fe26\.2\*[\w*.~-]+/g) ?? [])
      // By fetch, the response's URL shows the ticket, when it is dead. By navigation, nothing is left to see.
      expect(seals.size > 0).toBe(via === 'fetch')
      for (const seal of seals) {
        const answers = await page.evaluate(async (ticket) => {
          const answer = await fetch(`/crossdomain/replace?ticket=${ticket}`, { credentials: 'include' })
          return { status: answer.status, body: (await answer.json()) as unknown }
        }, seal)
        expect(answers).toEqual({ status: 403, body: { result: 'error', code: 'CDS411' } })
      }
    })
  })
}

test('the exchange needs no preflight', async ({ page, context, open, errors }) => {
  errors.allow(/preflight|ERR_FAILED|CORS/)
  const methods: string[] = []
  const network = await context.newCDPSession(page)
  await network.send('Network.enable')
  network.on('Network.requestWillBeSent', ({ request }) => methods.push(request.method))
  await open(page, 'primary')
  await addToCart(page)
  await open(page, 'secondary')
  await expect(agreed(page)).toContainText('replaced by fetch')
  expect(methods).not.toContain('OPTIONS')
  // The log would have shown one.
  await page.evaluate(
    (url) => fetch(url, { headers: { 'x-trace': '1' } }).catch(() => null),
    `${originOf('primary')}/api/cart`,
  )
  await expect.poll(() => methods).toContain('OPTIONS')
})
