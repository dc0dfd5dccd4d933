// Two domains exchange at the same moment, and one of them is signed in: what the other knew before must not lead to the user.
import { describe, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary, third } from '../support/fakeBrowser.js'
import { asItIs, jarsOf, restore } from '../support/guestMeetsUser.js'

/** @returns The URL of the last hop, which the browser has yet to open. */
async function beginExchange(browser: FakeBrowser, origin: string): Promise<string> {
  const begun = await browser.send(`${origin}/crossdomain/start?return_to=/`, { headers: navigation })
  const checked = await browser.send(begun.headers.get('location') ?? '', { headers: navigation })
  return checked.headers.get('location') ?? ''
}

/** A guest everywhere, of whom somebody has copied all there is, and who then signs in on the secondary. */
async function open(onPrimary: string, onThird: string) {
  const inner = memoryStore()
  const next: { write?: (() => Promise<unknown>) | undefined } = {}
  const deployment = new Deployment({
    ...inner,
    swap: async (changes, thenRead) => {
      const isOfSessions = changes.every(({ id }) => !/^(claim|ticket):/.test(id))
      const before = isOfSessions ? next.write : undefined
      if (before !== undefined) next.write = undefined
      await before?.()
      return inner.swap(changes, thenRead)
    },
  })
  const browser = new FakeBrowser(deployment)
  const states = [
    [primary, onPrimary],
    [secondary, 'blank'],
    [third, onThird],
  ] as const
  for (const [origin, state] of states) if (state !== 'nothing') await browser.visit(origin)
  for (const [origin, state] of states)
    if (state === 'saved') await (await browser.session(origin)).set(origin, 1)
  const thief = new FakeBrowser(deployment)
  restore(thief, jarsOf(browser))
  await (await browser.session(secondary)).login('ada')
  return { browser, thief, next }
}

async function expectNothingGained(
  { browser, thief }: Awaited<ReturnType<typeof open>>,
  isAgreed = false,
): Promise<void> {
  for (const origin of [primary, secondary, third]) {
    const session = await thief.session(origin)
    expect(session.userId, origin).toBeNull()
    // What a guest has may be written to, and comes along. What a user has may not.
    if (isAgreed) await session.set('stolen', 1).catch(() => null)
  }
  const { rows } = await browser.deployment.store.listUser('ada')
  expect(rows).toHaveLength(1)
  expect(JSON.stringify(rows)).not.toContain('stolen')
}

async function expectAgreement(browser: FakeBrowser): Promise<void> {
  for (const origin of [secondary, third, secondary, third])
    await browser.navigate(`${origin}/crossdomain/start?return_to=/`)
  for (const origin of [primary, secondary, third])
    expect((await browser.session(origin)).userId, origin).toBe('ada')
}

describe.each(['nothing', 'blank', 'saved'])('with %s on the primary', (onPrimary) => {
  describe.each(['blank', 'saved'])('and what is copied of the third domain is %s', (onThird) => {
    test('the third meets the fresh id before the user comes', async () => {
      const all = await open(onPrimary, onThird)
      const url = await beginExchange(all.browser, secondary)
      await all.browser.navigate(`${third}/crossdomain/start?return_to=/`)
      await all.browser.navigate(url)
      await expectNothingGained(all)
      await expectAgreement(all.browser)
      await expectNothingGained(all, true)
    })

    test.each(['the user comes while the third', 'the third comes while the user'])(
      '%s is about to write what was decided',
      async (order) => {
        const all = await open(onPrimary, onThird)
        const urls = [
          await beginExchange(all.browser, secondary),
          await beginExchange(all.browser, third),
        ] as const
        const [within, outer] = order.startsWith('the user') ? urls : ([urls[1], urls[0]] as const)
        all.next.write = () => all.browser.navigate(within)
        await all.browser.navigate(outer)
        await expectNothingGained(all)
        await expectAgreement(all.browser)
        await expectNothingGained(all, true)
      },
    )
  })
})

describe.each(['nothing', 'blank', 'saved'])(
  'a request of the same browser that saw a guest, with %s on the primary',
  (onPrimary) => {
    async function beforeTheUserCame() {
      const { browser } = await open(onPrimary, 'blank')
      await (await browser.session(secondary)).set('secret', 'of ada')
      const url = await beginExchange(browser, secondary)
      const late = await browser.session(primary)
      expect(late.userId).toBeNull()
      await browser.navigate(url)
      return { browser, late }
    }

    test('takes none of the user’s data where it signs somebody else in afterwards', async () => {
      const { browser, late } = await beforeTheUserCame()
      await late.login('bob')
      expect(await browser.session(primary)).toMatchObject({ userId: 'bob', data: {} })
      expect((await browser.deployment.store.listUser('ada')).rows).toEqual([])
      expect((await browser.session(secondary)).userId).toBeNull()
    })
    test('takes none of the user’s data where it signs out and keeps the data afterwards', async () => {
      const { browser, late } = await beforeTheUserCame()
      const signedOut = late.logout({ keepData: true })
      if (onPrimary === 'saved') {
        // There is something to keep, and it has become the user's.
        await expect(signedOut).rejects.toMatchObject({ code: 'CDS302' })
        expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { secret: 'of ada' } })
      } else {
        await signedOut
        expect(await browser.session(primary)).toMatchObject({ userId: null, data: {}, isNew: true })
        expect((await browser.session(secondary)).userId).toBeNull()
      }
    })
  },
)

test('a first write under way on a domain that meets a guest still follows', async () => {
  const { browser } = await open('saved', 'blank')
  const late = await browser.session(third)
  await browser.navigate(`${third}/crossdomain/start?return_to=/`)
  await late.set('late', 1)
  expect((await browser.session(primary)).data).toMatchObject({ late: 1 })
})

// Each takes the cookie of before along, so that the second one finds an id that the first one has ended.
describe('two exchanges of one domain with the same cookie, each with a primary’s id of its own', () => {
  const cors = { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
  type By = 'fetch' | 'navigation'

  async function ask(sender: FakeBrowser, by: By) {
    const { browser, receive } = asItIs(sender)
    const started = await (by === 'navigation'
      ? browser.send(`${secondary}/crossdomain/start?return_to=/`, { headers: navigation })
      : browser.send(`${secondary}/crossdomain/start`, {
          method: 'POST',
          headers: { ...cors, 'sec-fetch-site': 'same-origin', origin: secondary },
        }))
    const headers =
      by === 'navigation'
        ? navigation
        : { ...cors, 'sec-fetch-site': 'cross-site', 'sec-fetch-storage-access': 'active', origin: secondary }
    const checked = await browser.send(started.headers.get('location') ?? '', {
      headers,
      jar: by === 'navigation' ? 'all' : 'none-cookies',
    })
    return { by, url: checked.headers.get('location') ?? '', receive }
  }

  async function bring(sender: FakeBrowser, { by, url }: Awaited<ReturnType<typeof ask>>) {
    const { browser, receive } = asItIs(sender)
    const response = await browser.send(url, {
      headers: by === 'navigation' ? navigation : { ...cors, 'sec-fetch-site': 'cross-site', origin: 'null' },
    })
    return { receive, setsCookies: response.headers.getSetCookie().length > 0 }
  }

  const kinds = ['fetch', 'navigation'] as const
  const orders = kinds.flatMap((asksFirst) =>
    kinds.flatMap((endsFirst) =>
      kinds.flatMap((arrivesLast) =>
        [false, true].map((isLost) => {
          const answers = `the answer of the ${arrivesLast} ${isLost ? 'alone arrives' : 'arrives last'}`
          const title = `the ${asksFirst} asks first, the ${endsFirst} ends first, and ${answers}`
          return [title, { asksFirst, endsFirst, arrivesLast, isLost }] as const
        }),
      ),
    ),
  )

  describe.each(['ada', 'a guest with a cart'])('of %s', (who) => {
    test.each(orders)('lose nothing: %s', async (_, { asksFirst, endsFirst, arrivesLast, isLost }) => {
      let nowMs = 1_800_000_000_000
      const browser = new FakeBrowser(new Deployment(memoryStore({ now: () => nowMs })))
      for (const origin of [secondary, third]) await browser.visit(origin)
      const here = await browser.session(secondary)
      await here.set('cart', ['a'])
      if (who === 'ada') await here.login('ada')
      const first = await ask(browser, asksFirst)
      const second = await ask(browser, asksFirst === 'fetch' ? 'navigation' : 'fetch')
      for (const { receive } of [first, second]) receive()
      const [ended, later] = first.by === endsFirst ? [first, second] : [second, first]
      const came = { [ended.by]: await bring(browser, ended), [later.by]: await bring(browser, later) }
      // The primary keeps what the navigation brought.
      expect(came['fetch']?.setsCookies, 'a fetch that comes second sets nothing').toBe(endsFirst === 'fetch')
      if (!isLost) came[arrivesLast === 'fetch' ? 'navigation' : 'fetch']?.receive()
      came[arrivesLast]?.receive()
      // No answer can arrive any more.
      nowMs += 11_000
      for (const origin of [secondary, third])
        expect((await browser.sync(origin)).result, origin).toMatchObject({
          result: expect.stringMatching(/use_current|replaced/),
        })
      for (const origin of [primary, secondary, third])
        expect(await browser.session(origin), origin).toMatchObject({
          userId: who === 'ada' ? 'ada' : null,
          data: { cart: ['a'] },
        })
      expect(browser.deployment.errors).toEqual([])
    })
  })
})
