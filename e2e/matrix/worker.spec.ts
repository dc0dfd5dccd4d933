// A service worker that passes everything on by `fetch`, as workers of offline shops do.
import { expect, test } from './test.js'
import { expectTogether } from './together.js'

const worker = `addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))`

test('through a service worker, domains meet by fetch, and nothing else is given to it', async ({
  tab,
  front,
  cell,
  cellName,
}) => {
  // Others may refuse a worker with a certificate of ours.
  test.skip(!cellName.startsWith('chromium') || cell.isPrivate === true, 'tried in Chromium alone')
  await tab.open('primary')
  await tab.addToCart()
  await tab.open('secondary')
  await tab.expectShown({ cart: 1 })
  await tab.expectAgreement()
  // The shop names no worker, so its middleware would refuse this one.
  front.serve({
    '/worker.js': (response) => response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(worker),
  })
  await tab.read(`navigator.serviceWorker.register('/worker.js').then(() => navigator.serviceWorker.ready)`)
  front.release()
  await tab.open('primary')
  await tab.signIn('ada', 1)
  await front.quiet()
  front.forget()
  await tab.open('secondary')
  await tab.until('navigator.serviceWorker.controller !== null')
  if (cell.navigates) {
    await tab.expectShown({ cart: 0 })
    await front.quiet()
    const { exchange } = front.cost()
    expect(exchange).toContain('start by fetch')
    expect(exchange.join()).not.toContain('replace')
    expect(await tab.shown()).toBe('0, guest')
    // No page of the domain leaves again.
    front.forget()
    await tab.open('secondary', '/cart')
    await front.quiet()
    expect(front.cost()).toMatchObject({ redirects: 0, exchange: [] })
  } else {
    await tab.expectShown({ cart: 1, user: 'ada' })
    await expectTogether(tab, { cart: 1, user: 'ada' })
  }
})
