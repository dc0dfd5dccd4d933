// What every answer of the route says, whatever it is: the URL of each may hold a seal.
import { expect, test } from 'vitest'
import { navigation, primary, secondary } from '../support/fakeBrowser.js'
import { cors, hop, open, start } from '../support/visitor.js'

const same = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }

async function answers(): Promise<Readonly<Record<string, Response>>> {
  const { browser, deployment } = await open()
  await (await browser.session(primary)).set('a', 1)
  const ticket = await hop(browser, await hop(browser, start))
  const of = (url: string, headers: Record<string, string>, method = 'GET') =>
    browser.send(url, { headers, method })
  const route = `${secondary}/crossdomain`
  const ways = {
    start: await of(start, navigation),
    'start by fetch': await of(`${route}/start`, same, 'POST'),
    replace: await of(ticket, navigation),
    'replace, refused': await of(ticket, navigation),
    'replace without a ticket': await of(`${route}/replace`, same),
    check: await of(await hop(browser, start), navigation),
    'check, refused': await of(`${primary}/crossdomain/check?claim=x`, navigation),
    'the script that wakes the island': await of(`${route}/ended?session=x`, same),
    'no such action': await of(`${route}/x`, navigation),
    'not that method': await of(`${route}/replace`, same, 'POST'),
    'a host that is not listed': await of('https://unlisted.example/crossdomain/start', navigation),
    'a preflight': await of(`${primary}/crossdomain/check`, same, 'OPTIONS'),
    session: await of(`${route}/session`, same),
    'session, refused': await of(`${route}/session`, { ...same, 'sec-fetch-site': 'cross-site' }),
  }
  deployment.isStoreDown = true
  return { ...ways, 'the store is down': await of(await hop(browser, start), navigation) }
}

test('every answer cuts off the page that opened it in a window, and is for this visitor alone', async () => {
  const all = Object.entries(await answers())
  expect(new Set(all.map(([, { status }]) => status))).toEqual(new Set([200, 204, 303, 400, 403, 404, 405]))
  for (const [name, { headers }] of all)
    expect(
      ['cross-origin-opener-policy', 'cache-control', 'x-content-type-options'].map((key) =>
        headers.get(key),
      ),
      name,
    ).toEqual(['same-origin', 'private, no-store', 'nosniff'])
})
