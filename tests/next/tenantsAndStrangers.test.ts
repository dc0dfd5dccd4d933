import { beforeEach, describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { askOnce } from '../../src/core/domains/askHost.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, navigation, primary } from '../support/fakeBrowser.js'

const tenant = 'https://tenant-7.example'
let asked: string[]
let answer: (host: string) => boolean | Promise<boolean>
beforeEach(() => {
  asked = []
  answer = (host) => /^tenant-\d+\.example$/.test(host)
})
function deploy(options: Options = {}): Deployment {
  const isDomain = (host: string) => {
    asked.push(host)
    return answer(host)
  }
  return new Deployment(memoryStore(), { domains: undefined, isDomain, ...options })
}

describe('names', () => {
  test.each([
    'https://TENANT-7.EXAMPLE/',
    'https://b\u00fccher.example/',
    'https://%74enant-7.example/',
    'https://0x7f.1/',
    'https://tenant-7.example:0443/',
    'https://tenant-7.example:08443/',
  ])('start?return_to=%s asks by no name that a browser does not send', async (page) => {
    const browser = new FakeBrowser(deploy())
    await browser.visit(tenant)
    asked = []
    await browser.send(`${tenant}/crossdomain/start?return_to=${encodeURIComponent(page)}`, {
      headers: navigation,
    })
    for (const host of asked) expect(host).toBe(new URL(`https://${host}`).host)
  })

  test.each(['host', 'origin', 'return_to', 'claim', 'referer'])(
    'a huge host in %s is not asked about',
    async (where) => {
      const browser = new FakeBrowser(deploy())
      await browser.visit(primary)
      asked = []
      const huge = `${'a'.repeat(6000)}.example`
      const headers = {
        ...navigation,
        ...(where === 'host' && { host: huge }),
        ...(where === 'origin' && { origin: `https://${huge}` }),
        ...(where === 'referer' && { referer: `https://${huge}/` }),
      }
      if (where === 'referer') await browser.visit(tenant, headers)
      else
        await browser.send(
          `${primary}/crossdomain/${where === 'claim' ? `check?claim=${huge}~x` : `start?return_to=https://${huge}/`}`,
          { headers },
        )
      expect(asked.filter((host) => host.length > 260).map((h) => h.length)).toEqual([])
    },
  )
})

test('a failing look-up of the page that a visitor comes from leaves the own page its cookies', async () => {
  answer = (host) => {
    if (host === 'search.stranger.test') throw new Error('value too long')
    return host.startsWith('tenant')
  }
  const browser = new FakeBrowser(deploy())
  const response = await browser.visit(tenant, { referer: 'https://search.stranger.test/' })
  expect(response.headers.getSetCookie().length).toBe(2)
})

test('a database that fails for a second takes no known tenant its session, and is told', async () => {
  const deployment = deploy()
  const browser = new FakeBrowser(deployment)
  await browser.visit(tenant)
  await (await browser.session(tenant)).set('a', 1)
  deployment.nowSeconds += 61
  answer = () => Promise.reject(new Error('blip'))
  expect((await browser.session(tenant)).data).toEqual({ a: 1 })
  expect(deployment.errors).toMatchObject([{ code: 'CDS117' }])
})

test('an answer that comes too late for its request is there for the next one', async () => {
  let answerNow = (_: boolean) => {}
  const ask = askOnce(() => new Promise<boolean>((resolve) => (answerNow = resolve)), {
    clock: () => 0,
    within: () => Promise.reject(new Error('too late')),
    reportError: () => {},
  })
  await expect(ask('a.example')).rejects.toMatchObject({ code: 'CDS117' })
  answerNow(true)
  await new Promise((resolve) => setImmediate(resolve))
  expect(ask('a.example')).toBe(true)
})

test.each([
  'https://shop(*.vercel.app',
  'https://shop{*.vercel.app',
  'https://shop+*.vercel.app',
  'https://shop$*.vercel.app',
  'https://a)*.vercel.app',
  'https://[*].vercel.app',
  'https://shop|*.vercel.app',
  'https://*-*.vercel.app',
  'https://*.vercel.app.',
  'https://u:p@*.vercel.app',
  '',
  '*',
  'https://shop-*.vercel.app?x',
  'https://shop-*.vercel.app#x',
  'https://*@evil.example.app',
])('%s says what is wrong: CDS105', (pattern) => {
  expect(() => new Deployment(memoryStore(), { previews: [pattern] })).toThrow(/CDS105/)
})
