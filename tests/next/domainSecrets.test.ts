import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { NextRequest } from 'next/server.js'
import type { Options } from '../../src/core/config.js'
import { issueClaim, openClaim } from '../../src/core/exchange/claim.js'
import { issueTicket } from '../../src/core/exchange/ticket.js'
import type { Store } from '../../src/core/store/store.js'
import { newPass } from '../../src/core/request/cookies.js'
import { sha256 } from '../../src/core/values/ids.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, third } from '../support/fakeBrowser.js'

const secrets = {
  primary: 'the-secret-of-the-primary-and-nobody-else',
  brand: 'the-secret-of-the-brand-and-of-the-primary',
  third: 'the-secret-of-the-third-and-of-the-primary',
  newer: 'the-secret-that-comes-after-that-of-the-brand',
}
const shared = { [secondary]: secrets.brand, [third]: secrets.third }

/** One deployment for each domain, over one store. */
class Fleet extends Deployment {
  readonly of: Readonly<Record<string, Deployment>>

  constructor(
    store: Store,
    domainSecrets: Options['domainSecrets'] = shared,
    brand: Options['secret'] = secrets.brand,
  ) {
    super(store)
    this.of = {
      [primary]: new Deployment(store, { secret: secrets.primary, domainSecrets }),
      [secondary]: new Deployment(store, { secret: brand }),
      [third]: new Deployment(store, { secret: secrets.third }),
    }
    const asked = (request: Request) => this.of[`https://${request.headers.get('host')}`] ?? this
    const handle = (request: Request) => asked(request).handlers.GET(request)
    Object.assign(this, {
      handlers: { GET: handle, POST: handle, OPTIONS: handle },
      middleware: (request: NextRequest) => asked(request).middleware(request),
    })
  }
}

let store: Store
let fleet: Fleet
let browser: FakeBrowser
beforeEach(() => {
  store = memoryStore({ now: () => fleet.nowSeconds * 1000 })
  open(new Fleet(store))
})
function open(next: Fleet, jars?: FakeBrowser['jars']): void {
  fleet = next
  browser = new FakeBrowser(fleet, 'allowed', jars)
}
/** The session as the deployment of that domain opens it. */
const sessionOn = (origin: string) =>
  new FakeBrowser(fleet.of[origin] ?? fleet, 'allowed', browser.jars).session(origin)

describe('domains that each have a secret of their own', () => {
  test.each(['fetch', 'navigation'])('share one session by %s', async (transport) => {
    for (const origin of [primary, secondary, third]) await browser.visit(origin)
    await (await sessionOn(secondary)).login('ada')
    await (await sessionOn(third)).set('cart', ['tent'])
    for (const origin of [secondary, third, secondary]) {
      if (transport === 'fetch') await browser.sync(origin)
      else await browser.navigate(`${origin}/crossdomain/start?return_to=/`)
    }
    for (const origin of [primary, secondary, third])
      expect(await sessionOn(origin), origin).toMatchObject({ userId: 'ada', data: { cart: ['tent'] } })
  })

  test('agree at each step of a rotation', async () => {
    const { brand, newer } = secrets
    const steps: [Options['secret'], Options['secret']][] = [
      [[brand, newer], brand],
      [
        [brand, newer],
        [newer, brand],
      ],
      [
        [newer, brand],
        [newer, brand],
      ],
      [newer, newer],
    ]
    await browser.visit(secondary)
    await (await sessionOn(secondary)).login('ada')
    for (const [known, own] of steps) {
      open(new Fleet(store, { ...shared, [secondary]: known }, own), browser.jars)
      await browser.visit(primary)
      const { outcome } = await browser.sync(secondary)
      expect(outcome.result, String(own)).not.toBe('error')
      for (const origin of [primary, secondary])
        expect((await sessionOn(origin)).userId, `${origin} ${String(own)}`).toBe('ada')
    }
  })
})

describe('whoever has the secret of one domain', () => {
  const sealedBy = (secret: string) => ({ secrets: [secret] as const, clock: () => fleet.nowSeconds })
  const { id, key } = newPass()
  test.each([
    ['its own', secrets.brand, secondary, { result: 'navigate' }],
    ['another secondary', secrets.brand, third, { result: 'error', code: 'CDS405' }],
    ['a secondary with a secret of its own', secrets.primary, secondary, { result: 'error', code: 'CDS405' }],
  ])('makes a claim that works only for that domain: %s', async (_, secret, origin, outcome) => {
    const claim = { aud: primary, origin, id, keyHash: sha256(key), iat: fleet.nowSeconds }
    const text = await issueClaim(sealedBy(secret), claim, browser.userAgent)
    const headers = { 'sec-fetch-mode': 'cors', origin }
    const answer = await browser.send(`${primary}/crossdomain/check?claim=${text}`, { headers })
    expect(await answer.json()).toEqual(outcome)
  })

  test.each([secrets.brand, secrets.primary])('makes no ticket for another domain', async (secret) => {
    await browser.visit(third)
    const ticket = { kind: 'return', aud: third, result: { result: 'error', code: 'CDS406' } } as const
    for (const [by, code] of [
      [secret, 'CDS408'],
      [secrets.third, 'CDS406'],
    ] as const) {
      const text = await issueTicket(sealedBy(by), ticket)
      const headers = { 'sec-fetch-mode': 'cors', origin: 'null' }
      const answer = await browser.send(`${third}/crossdomain/replace?ticket=${text}`, { headers })
      expect(await answer.json()).toEqual({ result: 'error', code })
    }
  })

  test('makes no cookie of another domain', async () => {
    const victim = new FakeBrowser(new Deployment(store, { secret: secrets.brand }))
    for (const origin of [primary, third]) await victim.visit(origin)
    await (await victim.session(third)).login('ada')
    for (const origin of [primary, third]) {
      browser.jars.set(origin, victim.jar(origin))
      expect((await sessionOn(origin)).userId, origin).toBeNull()
    }
  })
})

describe('a claim that nobody sealed', () => {
  const stranger = 'a-secret-of-a-stranger-that-no-domain-knows'
  const sealedByStranger = { secrets: [stranger] as const, clock: () => fleet.nowSeconds }
  const { id, key } = newPass()

  test.each([secondary, third, 'https://unknown.example'])(
    'costs one unseal, however many domains have a secret of their own (%s)',
    async (origin) => {
      const many = Array.from({ length: 50 }, (_, number) => `https://brand-${number}.example`)
      const own = Object.fromEntries(many.map((name) => [name, `${secrets.brand}-${name}`]))
      const domains = [primary, secondary, third, ...many]
      const domainSecrets = { ...shared, ...own }
      const deployment = new Deployment(store, { secret: secrets.primary, domains, domainSecrets })
      const claim = { aud: primary, origin, id, keyHash: sha256(key), iat: fleet.nowSeconds }
      const text = await issueClaim(sealedByStranger, claim, null)
      const verify = vi.spyOn(crypto.subtle, 'verify')
      try {
        expect(await openClaim(deployment.config, await deployment.config.domains(), text)).toBeNull()
        expect(verify).toHaveBeenCalledTimes(1)
      } finally {
        verify.mockRestore()
      }
    },
  )

  test('cannot name another domain than the one that sealed it', async () => {
    const claim = { aud: primary, origin: third, id, keyHash: sha256(key), iat: fleet.nowSeconds }
    const sealing = { secrets: [secrets.brand] as const, clock: () => fleet.nowSeconds }
    const text = await issueClaim(sealing, claim, null)
    const { config } = fleet.of[primary] ?? fleet
    for (const host of ['third.example', 'brand.example', 'shop.example', ''])
      expect(await openClaim(config, await config.domains(), text.replace(/^[^~]*/, host)), host).toBeNull()
  })
})
