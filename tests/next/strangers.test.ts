// Every action of the route, asked by somebody who may not: what comes of it.
import { describe, expect, test } from 'vitest'
import { endedNameOf, readSessionCookie } from '../../src/core/request/cookies.js'
import { parseOrigin } from '../../src/core/domains/origin.js'
import { placeOf } from '../../src/core/domains/place.js'
import { navigation, primary, secondary } from '../support/fakeBrowser.js'
import { cors, hop, open, start } from '../support/visitor.js'

const site = { ...cors, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active' }
const ownFetch = { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary }

type Opened = Awaited<ReturnType<typeof open>>

interface Request {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly method?: string
}

async function byFetch({ browser }: Opened, hops: 1 | 2): Promise<string> {
  const request = { method: 'POST', headers: ownFetch }
  const claimed =
    (await browser.send(`${secondary}/crossdomain/start`, request)).headers.get('location') ?? ''
  if (hops === 1) return claimed
  const checked = await browser.send(claimed, { headers: { ...site, origin: secondary } })
  return checked.headers.get('location') ?? ''
}

/** What a person's browser sends, and is answered with more than a code. */
const actions = Object.entries<(at: Opened) => Promise<Request>>({
  'start, by fetch': async () => ({
    url: `${secondary}/crossdomain/start`,
    headers: ownFetch,
    method: 'POST',
  }),
  'start, by navigation': async () => ({ url: start, headers: navigation }),
  'check, by fetch': async (at) => ({ url: await byFetch(at, 1), headers: { ...site, origin: secondary } }),
  'check, by navigation': async ({ browser }) => ({ url: await hop(browser, start), headers: navigation }),
  'replace, by fetch': async (at) => ({ url: await byFetch(at, 2), headers: { ...site, origin: 'null' } }),
  'replace, by navigation': async ({ browser }) => ({
    url: await hop(browser, await hop(browser, start)),
    headers: navigation,
  }),
  ended: async ({ browser, deployment }) => {
    const place = placeOf(deployment.config, await deployment.config.domains(), parseOrigin(secondary))
    const name = endedNameOf(await readSessionCookie(deployment.config, browser.jar(secondary), place))
    return {
      url: `${secondary}/crossdomain/ended?session=${name}`,
      headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'script', 'sec-fetch-mode': 'no-cors' },
    }
  },
  session: async () => ({
    url: `${secondary}/crossdomain/session`,
    headers: { 'sec-fetch-site': 'same-origin' },
  }),
})

/** A visitor with something on both domains, which have yet to meet. */
async function visitor(): Promise<Opened> {
  const at = await open()
  for (const origin of [primary, secondary]) await (await at.browser.session(origin)).set(origin, 1)
  return at
}

async function ask(at: Opened, { url, headers, method = 'GET' }: Request, who: Record<string, string>) {
  at.deployment.written.length = 0
  const answer = await at.browser.send(url, { method, headers: { ...headers, ...who } })
  return {
    isRefused: answer.status === 403,
    cookies: answer.headers.getSetCookie(),
    written: at.deployment.sessionsWritten,
    mayRead: answer.headers.get('access-control-allow-origin'),
  }
}
const nothing = { isRefused: true, cookies: [], written: [] }

test.each(actions)('a person’s browser is not refused at %s', async (_, prepare) => {
  const at = await visitor()
  expect((await ask(at, await prepare(at), {})).isRefused).toBe(false)
})

// `session` only reads, and `ended` tells a page about the cookie that it has, which a bot never has.
describe.each([
  ['a bot', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' }, ['session', 'ended']],
  ['a program with a token', { authorization: `Bearer cds_${'x'.repeat(43)}` }, ['session']],
])('%s changes nothing and gets no cookie', (_, who, answered) => {
  test.each(actions.filter(([action]) => !answered.includes(action)))('at %s', async (_action, prepare) => {
    const at = await visitor()
    expect(await ask(at, await prepare(at), who)).toMatchObject(nothing)
  })
})

describe.each([
  ['a subdomain', 'https://blog.brand.example', 'same-site'],
  ['another port', `${secondary}:8443`, 'same-site'],
  ['plain http', 'http://brand.example', 'same-site'],
  ['another site', 'https://evil.example', 'cross-site'],
])('a script on %s changes nothing and reads nothing', (_, origin, from) => {
  test.each(actions.filter(([action]) => !action.endsWith('navigation')))(
    'at %s',
    async (_action, prepare) => {
      const at = await visitor()
      const who = { origin, 'sec-fetch-site': from }
      expect(await ask(at, await prepare(at), who)).toEqual({ ...nothing, mayRead: null })
    },
  )
})

test('a link on another site makes two users one, as any exchange does', async () => {
  const { browser } = await visitor()
  await (await browser.session(primary)).login('ada')
  await (await browser.session(secondary)).login('grace')
  let url = start
  for (let hops = 0; hops < 3; hops++) {
    const headers = { ...navigation, 'sec-fetch-site': 'cross-site' }
    url = new URL((await browser.send(url, { headers })).headers.get('location') ?? '', url).href
  }
  for (const origin of [primary, secondary])
    expect(await browser.session(origin), origin).toMatchObject({ userId: 'ada', data: { [primary]: 1 } })
  expect((await browser.session(primary)).data).not.toHaveProperty([secondary])
})
