// Domains that `isDomain` names, one host at a time, and hosts that work alone.
import { beforeEach, describe, expect, test } from 'vitest'
import type { Options } from '../../src/core/config.js'
import { memoryStore } from '../../src/stores/memory.js'
import { registrableDomain } from '../../src/subdomains.js'
import { Deployment, FakeBrowser, navigation, primary, type World } from '../support/fakeBrowser.js'

const tenants = new Set(Array.from({ length: 100_000 }, (_, index) => `tenant-${index}.example`))
const [tenant, other, stranger] = [
  'https://tenant-7.example',
  'https://tenant-99999.example',
  'https://evil.example',
]

let asked: string[]
/** What `isDomain` does. */
let answer: (host: string) => boolean | Promise<boolean>

beforeEach(() => {
  asked = []
  answer = (host) => tenants.has(host)
})

function deploy(options: Options = {}): Deployment {
  const isDomain = (host: string) => {
    asked.push(host)
    return answer(host)
  }
  return new Deployment(memoryStore(), { domains: undefined, isDomain, ...options })
}

describe('of 100,000 domains', () => {
  test.each<World>(['allowed', 'blocked'])(
    'two share a session (%s), for one look-up each',
    async (world) => {
      const browser = new FakeBrowser(deploy(), world)
      await browser.visit(tenant)
      await (await browser.session(tenant)).login('ada')
      await browser.navigate(await (await browser.session(tenant)).hrefTo(`${other}/a`))
      expect((await browser.session(other)).userId).toBe('ada')
      if (world === 'allowed') expect((await browser.sync(other)).result).toEqual({ result: 'use_current' })
      expect(asked).toEqual(['tenant-7.example', 'tenant-99999.example'])
      expect(browser.deployment.errors).toEqual([])
    },
  )

  test('one that is linked from another walks the exchange before its page', async () => {
    const browser = new FakeBrowser(deploy())
    await browser.visit(tenant)
    await (await browser.session(tenant)).set('a', 1)
    await browser.sync(tenant)
    const { hops } = await browser.follow(tenant, `${other}/`)
    expect(hops).toHaveLength(3)
    expect((await browser.session(other)).data).toEqual({ a: 1 })
    expect(asked).toHaveLength(2)
  })

  test('requests at the same moment ask once', async () => {
    const browser = new FakeBrowser(deploy())
    await Promise.all(Array.from({ length: 20 }, () => browser.visit(tenant)))
    expect(asked).toEqual(['tenant-7.example'])
  })

  test('one that is taken off gives and receives nothing a minute later', async () => {
    const browser = new FakeBrowser(deploy())
    await browser.visit(tenant)
    await (await browser.session(tenant)).set('a', 1)
    answer = async () => false
    browser.deployment.nowSeconds += 59
    expect((await browser.sync(tenant)).result).toMatchObject({ result: 'use_current' })
    browser.deployment.nowSeconds += 1
    expect((await browser.sync(tenant)).result).toEqual({ result: 'error', code: 'CDS403' })
    expect((await browser.session(tenant)).data).toEqual({})
  })

  test('one that is added works ten seconds later', async () => {
    const browser = new FakeBrowser(deploy())
    await browser.visit('https://new.example')
    answer = () => true
    browser.deployment.nowSeconds += 10
    await browser.visit('https://new.example')
    expect((await browser.sync('https://new.example')).result).toMatchObject({ result: 'use_current' })
  })

  test('hosts that somebody makes up do not fill the memory', async () => {
    const { config } = deploy()
    for (const host of ['one', ...Array.from({ length: 10_000 }, (_, index) => `made-up-${index}`), 'one'])
      await (await config.domains()).lookUp(`https://${host}.example`)
    expect(asked.filter((host) => host === 'one.example')).toHaveLength(2)
  })

  test('with subdomains, one look-up of the name counts for all of them', async () => {
    const browser = new FakeBrowser(deploy({ subdomains: registrableDomain }))
    await browser.visit('https://www.tenant-7.example')
    await (await browser.session('https://www.tenant-7.example')).set('a', 1)
    await browser.visit('https://blog.tenant-7.example')
    expect((await browser.session('https://blog.tenant-7.example')).data).toEqual({ a: 1 })
    expect(asked).toEqual(['tenant-7.example'])
  })
})

describe('a host that is no domain', () => {
  test('gets no cookie, no exchange and no redirect', async () => {
    const browser = new FakeBrowser(deploy())
    await browser.visit(tenant)
    expect((await browser.visit(stranger)).headers.getSetCookie()).toEqual([])
    expect((await browser.sync(stranger)).result).toEqual({ result: 'error', code: 'CDS403' })
    const href = `${tenant}/crossdomain/start?return_to=${encodeURIComponent(`${stranger}/`)}`
    const response = await browser.send(href, { headers: navigation })
    expect([response.status, response.headers.get('location')]).toEqual([400, null])
    await expect((await browser.session(tenant)).hrefTo(`${stranger}/`)).rejects.toMatchObject({
      code: 'CDS211',
    })
    const { hops } = await browser.follow(stranger, `${other}/`)
    expect(hops).toEqual([])
  })

  test('is not asked about under a name that no browser sends', async () => {
    answer = () => true
    const browser = new FakeBrowser(deploy())
    for (const host of ['a b.example', 'user@tenant.example', 'tenant.example/path', '..', '', '*.example']) {
      const request = browser.request(`${tenant}/`, { ...navigation, host }, 'all')
      expect((await browser.deployment.middleware(request)).headers.getSetCookie(), host).toEqual([])
    }
    expect(asked).toEqual([])
  })

  test('is one even if its origin with another scheme or port is a domain', async () => {
    const browser = new FakeBrowser(deploy())
    await browser.visit(tenant)
    const { hrefTo } = await browser.session(tenant)
    for (const url of ['http://tenant-9.example/', 'https://tenant-9.example:8443/'])
      await expect(hrefTo(url)).rejects.toMatchObject({ code: 'CDS211' })
    expect(await hrefTo('https://tenant-9.example/')).toContain('/crossdomain/start')
  })
})

describe('an `isDomain` that fails', () => {
  const failures: [string, () => boolean | Promise<boolean>][] = [
    ['rejects', () => Promise.reject(new Error('no table'))],
    [
      'throws',
      () => {
        throw new Error('no table')
      },
    ],
    ['never answers', () => new Promise(() => {})],
  ]
  test.each(failures)('and %s leaves its host without a session, and says so: CDS117', async (_, fail) => {
    answer = fail
    const browser = new FakeBrowser(deploy())
    expect((await browser.visit(tenant)).headers.getSetCookie()).toEqual([])
    const session = await browser.session(tenant)
    expect([session.isAvailable, session.data]).toEqual([false, {}])
    await expect(session.set('a', 1)).rejects.toMatchObject({ code: 'CDS117' })
    expect(browser.deployment.errors).toMatchObject([{ code: 'CDS117' }, { code: 'CDS117' }])
    expect((await browser.sync(tenant)).result).toEqual({ result: 'error', code: 'CDS117' })
    // The listed ones go on.
    await browser.visit(primary)
    await (await browser.session(primary)).set('a', 1)
    expect(asked).toHaveLength(1)
    answer = () => true
    browser.deployment.nowSeconds += 8
    await browser.visit(tenant)
    expect((await browser.sync(tenant)).result).toEqual({ result: 'replaced' })
  })

  describe('in a process that knows nothing of a host yet', () => {
    const down = () => Promise.reject(new Error('no table'))
    const failed = '#crossdomain=CDS117'
    /** Another process of the same application, in which `isDomain` fails. */
    const cold = ({ store }: Deployment) =>
      new Deployment(store, { domains: undefined, isDomain: down, trustForwardedHost: false })
    /** The browser of a visitor who has a cart on the tenant. */
    async function visitor() {
      const warm = new FakeBrowser(deploy())
      await warm.visit(tenant)
      await (await warm.session(tenant)).set('a', 1)
      return warm
    }
    const within = (browser: FakeBrowser) =>
      new FakeBrowser(cold(browser.deployment), browser.world, browser.jars)

    test('pages show a guest, and the visitor keeps every cookie', async () => {
      const warm = await visitor()
      const before = warm.cookies(tenant)
      const browser = within(warm)
      expect((await browser.visit(tenant)).headers.getSetCookie()).toEqual([])
      expect(await browser.session(tenant)).toMatchObject({ userId: null, data: {}, isAvailable: false })
      expect(browser.cookies(tenant)).toEqual(before)
      expect((await warm.session(tenant)).data).toEqual({ a: 1 })
    })

    test('a navigation comes back to its page, at whichever hop it fails, and its seal is dead', async () => {
      const warm = await visitor()
      const start = `${tenant}/crossdomain/start?return_to=${encodeURIComponent('/a?b=1')}`
      const { hops } = await warm.navigate(start)
      expect(hops).toHaveLength(3)
      for (const at of [0, 1, 2]) {
        const browser = await visitor()
        let url = start
        for (let hop = 0; hop < at; hop++)
          url = new URL((await browser.send(url, { headers: navigation })).headers.get('location') ?? '', url)
            .href
        const before = browser.cookies(tenant)
        const { href } = await within(browser).navigate(url)
        expect(href, `hop ${at}`).toBe(`${tenant}/a?b=1${failed}`)
        expect(browser.cookies(tenant)).toEqual(before)
        // What was sealed does not work any more when the domain is known again.
        const again = await browser.navigate(url)
        if (at > 0) expect(again.url, `hop ${at}`).toMatch(/CDS41[16]$/)
        expect((await browser.session(tenant)).data).toEqual({ a: 1 })
      }
    })

    test('a page that insists is shown, and does not insist again', async () => {
      const browser = within(await visitor())
      const url = `${tenant}/crossdomain/start?return_to=%2Fa&unseen`
      const response = await browser.send(url, { headers: navigation })
      expect(response.headers.get('refresh')).toBe('0; url=/a')
      expect(response.headers.get('referrer-policy')).toBe('same-origin')
    })

    test('no link leads to another host, and no seal of somebody else leads anywhere', async () => {
      const browser = within(await visitor())
      const pages = [`${other}/`, 'https://evil.example/', '//evil.example', '/crossdomain/start']
      const starts = pages.map((page) => `${tenant}/crossdomain/start?return_to=${encodeURIComponent(page)}`)
      const foreign = new FakeBrowser(
        new Deployment(memoryStore(), { domains: undefined, isDomain: () => true, secret: 'x'.repeat(40) }),
      )
      await foreign.visit('https://evil.example')
      const made = await foreign.send('https://evil.example/crossdomain/start?return_to=/', {
        headers: navigation,
      })
      for (const url of [...starts, String(made.headers.get('location'))]) {
        const response = await browser.send(url, { headers: navigation })
        expect([response.headers.get('location'), response.headers.get('refresh')], url).toEqual([null, null])
      }
    })

    test.each(['kept', 'overruled'] as const)(
      'a browser that keeps no cookies walks no loop (`Referrer-Policy` is %s)',
      async (policy) => {
        const works = deploy()
        const primaryFails = deploy({ isDomain: () => Promise.reject(new Error('no database')) })
        const mixed = Object.create(works) as Deployment
        const get = (request: Request) =>
          (request.headers.get('host') === new URL(primary).host ? primaryFails : works).handlers.GET(request)
        Object.defineProperty(mixed, 'handlers', { value: { ...works.handlers, GET: get } })
        const browser = new FakeBrowser(mixed)
        browser.keepsCookies = false
        const { hops } = await browser.follow(other, `${tenant}/a`, policy)
        expect(hops.length).toBeLessThanOrEqual(3)
      },
    )

    test('a fetch is told, and leads nowhere', async () => {
      const browser = within(await visitor())
      const { hops, result } = await browser.sync(tenant)
      expect([hops.length, result]).toEqual([1, { result: 'error', code: 'CDS117' }])
    })
  })

  test('says yes only with `true`', async () => {
    answer = () => ({ rows: [] }) as unknown as boolean
    const browser = new FakeBrowser(deploy())
    expect((await browser.visit(tenant)).headers.getSetCookie()).toEqual([])
  })
})

describe('a preview', () => {
  const [preview, second] = ['https://shop-git-a.vercel.app', 'https://shop-git-b.vercel.app']
  const previews = ['https://shop-*.vercel.app']
  const open = () => new FakeBrowser(new Deployment(memoryStore(), { previews }))

  test('has sessions of its own, and no error', async () => {
    const browser = open()
    await browser.visit(preview)
    await (await browser.session(preview)).login('ada')
    expect((await browser.sync(preview)).outcome).toEqual({ result: 'primary' })
    expect(await browser.session(preview)).toMatchObject({ userId: 'ada', domain: preview, isPrimary: true })
    for (const elsewhere of [second, primary]) {
      await browser.visit(elsewhere)
      expect((await browser.session(elsewhere)).userId).toBe(null)
    }
    expect(browser.deployment.errors).toEqual([])
  })

  test('leads to the domains, and takes nothing along', async () => {
    const browser = open()
    await browser.visit(preview)
    const session = await browser.session(preview)
    await session.login('ada')
    expect(await session.hrefTo(`${primary}/a`)).toBe(`${primary}/a`)
    const start = `${preview}/crossdomain/start?return_to=`
    const { url, hops } = await browser.navigate(start + encodeURIComponent(`${primary}/a`))
    expect([url, hops.length]).toEqual([`${primary}/a`, 1])
    expect((await browser.session(primary)).userId).toBe(null)
    await expect(session.hrefTo(`${stranger}/`)).rejects.toMatchObject({ code: 'CDS211' })
    await expect(session.hrefTo(`${second}/`)).rejects.toMatchObject({ code: 'CDS211' })
    const refused = await browser.send(start + encodeURIComponent(`${stranger}/`), { headers: navigation })
    expect(await refused.text()).toContain('CDS403')
  })

  test('gets no session of a domain, by its link or by its fetch', async () => {
    const browser = open()
    await browser.visit(primary)
    const session = await browser.session(primary)
    await session.login('ada')
    await expect(session.hrefTo(`${preview}/`)).rejects.toMatchObject({ code: 'CDS211' })
    const claim = await browser.send(`${preview}/crossdomain/check?claim=a`, { headers: navigation })
    expect(await claim.text()).toContain('CDS403')
  })

  test.each([
    'https://evil.vercel.app',
    'https://shop-a.b.vercel.app',
    'https://shop-.vercel.app',
    'https://xshop-a.vercel.app',
  ])('is not %s', async (origin) => {
    const browser = open()
    expect((await browser.visit(origin)).headers.getSetCookie()).toEqual([])
  })

  test.each([
    'https://*',
    'https://*.app',
    'https://a.*.app',
    'https://*.*.app',
    'https://*.vercel.app/a',
    'shop',
  ])('has no pattern such as %s: CDS105', (pattern) => {
    expect(() => new Deployment(memoryStore(), { previews: [pattern] })).toThrow(/CDS105/)
  })

  test('on localhost has http', async () => {
    const browser = new FakeBrowser(new Deployment(memoryStore(), { previews: ['*.localhost:3000'] }))
    expect((await browser.visit('http://a.localhost:3000')).headers.getSetCookie()).toHaveLength(2)
    expect((await browser.visit('http://a.localhost:3001')).headers.getSetCookie()).toEqual([])
  })
})
