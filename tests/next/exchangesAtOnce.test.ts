// Two domains exchange at the same moment, and one of them is signed in: what the other knew before must not lead to the user.
import { describe, expect, test } from 'vitest'
import type { Session } from '../../src/core/session/session.js'
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
  const next: { settle?: (() => Promise<unknown>) | undefined } = {}
  const deployment = new Deployment({
    ...inner,
    settle: async (settlement) => {
      const before = next.settle
      next.settle = undefined
      await before?.()
      return inner.settle(settlement)
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
  for (const { data } of await browser.deployment.store.listUser('ada'))
    expect(data).not.toHaveProperty('stolen')
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
        all.next.settle = () => all.browser.navigate(within)
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
    test.each([
      ['signs somebody else in', (session: Session) => session.login('bob')],
      ['signs out and keeps the data', (session: Session) => session.logout({ keepData: true })],
    ])('takes none of the user’s data where it %s afterwards', async (_, finish) => {
      const { browser } = await open(onPrimary, 'blank')
      await (await browser.session(secondary)).set('secret', 'of ada')
      const url = await beginExchange(browser, secondary)
      const late = await browser.session(primary)
      expect(late.userId).toBeNull()
      await browser.navigate(url)
      await expect(finish(late)).rejects.toMatchObject({ code: 'CDS302' })
      expect(await browser.session(primary)).toMatchObject({ userId: 'ada', data: { secret: 'of ada' } })
      expect(await browser.deployment.store.listUser('bob')).toEqual([])
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
        (['both arrive', 'the first one is lost'] as const).map((answers) => ({
          asksFirst,
          endsFirst,
          arrivesLast,
          answers,
        })),
      ),
    ),
  )

  describe.each(['ada', 'a guest with a cart'])('of %s', (who) => {
    test.each(orders)(
      'lose nothing: first asks the $asksFirst, first ends the $endsFirst, last arrives the $arrivesLast, and $answers',
      async ({ asksFirst, endsFirst, arrivesLast, answers }) => {
        const browser = new FakeBrowser(new Deployment(memoryStore()))
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
        expect(came['fetch']?.setsCookies, 'a fetch that comes second sets nothing').toBe(
          endsFirst === 'fetch',
        )
        if (answers === 'both arrive') came[arrivesLast === 'fetch' ? 'navigation' : 'fetch']?.receive()
        came[arrivesLast]?.receive()
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
      },
    )
  })
})
