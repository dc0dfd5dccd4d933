// `networkPrefix`: an exchange that somebody began elsewhere, or would end elsewhere, comes to nothing.
import { describe, expect, test } from 'vitest'
import { networkOf } from '../../src/core/request/incoming.js'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary, secondary } from '../support/fakeBrowser.js'

const visitor = { 'x-forwarded-for': '203.0.113.7' }
const attacker = { 'x-forwarded-for': '198.51.100.9' }
const start = `${secondary}/crossdomain/start?return_to=/cart`

/** The victim is signed in on the primary. The attacker has the same user agent, and a cookie of the secondary. */
async function open(options: Options = { networkPrefix: true }) {
  const deployment = new Deployment(memoryStore(), options)
  const [victim, thief] = [new FakeBrowser(deployment), new FakeBrowser(deployment)]
  for (const origin of [primary, secondary]) await victim.visit(origin)
  await thief.visit(secondary)
  await (await victim.session(primary)).login('ada')
  return { deployment, victim, thief }
}

async function go(browser: FakeBrowser, url: string, from: Record<string, string>): Promise<string> {
  const answer = await browser.send(url, { headers: { ...navigation, ...from } })
  expect(answer.status).toBe(303)
  return answer.headers.get('location') ?? ''
}

const userOf = async (browser: FakeBrowser) => (await browser.session(secondary)).userId

describe('a claim of another network that a visitor is made to present', () => {
  test('gives a ticket for his session, unless told otherwise: the attack', async () => {
    const { victim, thief } = await open({})
    const ticket = await go(victim, await go(thief, start, attacker), visitor)
    await go(thief, ticket, attacker)
    expect(await userOf(thief)).toBe('ada')
  })
  test('leads back with nothing but a code, and is dead: CDS407', async () => {
    const { victim, thief, deployment } = await open()
    const claim = await go(thief, start, attacker)
    const before = deployment.sessionsWritten.length
    const ticket = await go(victim, claim, visitor)
    expect(await go(thief, ticket, attacker)).toBe('/cart#crossdomain=CDS407')
    expect([await userOf(thief), deployment.sessionsWritten.length]).toEqual([null, before])
    const again = await go(victim, claim, attacker)
    expect(await go(thief, again, attacker)).toBe('/cart#crossdomain=CDS416')
  })
})

describe('a ticket that somebody in another network has seen', () => {
  test('opens nothing there, and is dead: CDS410', async () => {
    const { thief } = await open()
    const ticket = await go(thief, await go(thief, start, visitor), visitor)
    expect(await go(thief, ticket, attacker)).toBe('/cart#crossdomain=CDS410')
    expect(await go(thief, ticket, visitor)).toBe('/cart#crossdomain=CDS411')
  })
})

describe('a visitor', () => {
  test('whose address changes within the network is brought along', async () => {
    const { victim } = await open()
    const ticket = await go(victim, await go(victim, start, visitor), { 'x-forwarded-for': '203.0.113.200' })
    expect(await go(victim, ticket, { 'x-real-ip': '203.0.113.1' })).toMatch(/cart#crossdomain=replaced/)
    expect(await userOf(victim)).toBe('ada')
  })
  test('is brought along by a fetch too', async () => {
    const { victim } = await open()
    expect((await victim.sync(secondary)).result).toMatchObject({ result: 'replaced' })
    expect(await userOf(victim)).toBe('ada')
  })
  test('who uses IPv4 for one domain and IPv6 for the other comes back as he was, which is why it is off', async () => {
    const { victim } = await open()
    const ticket = await go(victim, await go(victim, start, visitor), { 'x-forwarded-for': '2001:db8::7' })
    expect(await go(victim, ticket, visitor)).toBe('/cart#crossdomain=CDS407')
    expect(await userOf(victim)).toBeNull()
  })
})

test.each([
  ['203.0.113.7', '203.0.113'],
  ['203.0.113.7:5555', '203.0.113'],
  ['::ffff:203.0.113.7', '203.0.113'],
  ['203.0.113.7, 10.0.0.1', '203.0.113'],
  ['2001:db8:a:b:c:d:e:f', '2001:db8:a'],
  ['2001:0DB8:000a::1', '2001:db8:a'],
  ['[2001:db8:a::1]:5555', '2001:db8:a'],
  ['2001:db8::1', '2001:db8:0'],
  ['fe80::1%eth0', 'fe80:0:0'],
  ['::1', '0:0:0'],
  ['', '0:0:0'],
  ['unknown', '0:0:0'],
])('the network of %s is %s', (address, network) => {
  expect(networkOf(new Headers({ 'x-forwarded-for': address }))).toBe(network)
})
