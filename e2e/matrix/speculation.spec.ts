// Pages that Chromium fetches or renders before anybody looks at them, because another page says so (speculation rules).
import type { ServerResponse } from 'node:http'
import { startUnwatched } from './engines/chromium.js'
import type { Front } from './front.js'
import { originOf, type Domain } from './shop.js'
import { ShopTab } from './shopTab.js'
import { expect, test } from './test.js'

/** A page of this domain that has the target fetched or rendered beforehand, and goes there when it is told to. */
function leadTo(front: Front, how: 'prefetch' | 'prerender', domain: Domain): { readonly go: () => void } {
  const target = `${originOf(domain)}/`
  let waiting: ServerResponse | undefined
  front.serve({
    '/leads': (response) =>
      response.writeHead(200, { 'Content-Type': 'text/html' }).end(`<!doctype html><title>Leads</title>
        <a href="${target}">on</a>
        <script type="speculationrules">{ "${how}": [{ "urls": ["${target}"], "eagerness": "immediate" }] }</script>
        <script>fetch('/told').then(() => document.querySelector('a').click())</script>`),
    '/told': (response) => void (waiting = response),
  })
  return { go: () => waiting?.writeHead(204).end() }
}

for (const [how, from] of [
  ['prerender', 'secondary'],
  ['prefetch', 'secondary'],
  ['prefetch', 'primary'],
] as const) {
  test(`a ${how} begun on the ${from} changes nothing, and its page has the cart when somebody looks at it`, async ({
    cell,
    cellName,
    front,
    launch,
    profile,
  }) => {
    test.skip(!cellName.startsWith('chromium'), 'no other browser has speculation rules')
    test.skip(cell.isPrivate === true, 'the cart has to survive a restart')
    const engine = await launch()
    const tab = new ShopTab(await (await engine.resident()).newTab())
    await tab.open('primary')
    await tab.addToCart()
    await engine.close()
    const rows = await front.rows()
    front.forget()

    const { go } = leadTo(front, how, 'secondary')
    const browser = await startUnwatched(profile, `${originOf(from)}/leads`)
    try {
      await expect
        .poll(() => front.visits().filter(({ purpose }) => purpose !== ''), { timeout: 30_000 })
        .not.toEqual([])
      await front.quiet()
      const speculative = front.visits().filter(({ purpose }) => purpose !== '')
      expect(speculative[0]).toMatchObject({ path: '/', status: 200 })
      expect(speculative[0]?.purpose).toContain(how)
      expect(front.visits().flatMap(({ setCookie }) => setCookie)).toEqual([])
      expect(front.cost()).toMatchObject({ redirects: 0, exchange: [] })
      expect(await front.rows()).toBe(rows)

      go()
      await expect.poll(() => front.cost().exchange.join(), { timeout: 30_000 }).toContain('replace')
      await front.quiet()
      const read = await browser.look(`${originOf('secondary')}/`)
      await expect
        .poll(() => read(`document.querySelector('[data-testid=cart-count]')?.textContent`))
        .toBe('1')
    } finally {
      await browser.close()
    }
  })
}
