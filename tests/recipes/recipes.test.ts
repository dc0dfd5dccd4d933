import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../fixtures/server.mjs'

// Each recipe as Next.js builds and starts it; one server for both domains, and a browser made of cookie jars.
const next = 'node_modules/next/dist/bin/next'

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

class Browser {
  readonly jars: Record<'primary' | 'secondary', Map<string, string>> = {
    primary: new Map(),
    secondary: new Map(),
  }

  constructor(readonly port: number) {}

  origin(domain: 'primary' | 'secondary'): string {
    return `http://${domain}.localhost:${this.port}`
  }

  /** A top-level navigation, which follows redirects to either domain. @returns The name that the page shows, or its body. */
  async open(url: string, form?: Record<string, string>): Promise<string> {
    for (let hops = 0; hops < 8; hops++) {
      const answer = await this.#send(url, hops === 0 ? form : undefined)
      if (answer.location === undefined)
        return /data-testid="user">([^<]*)</.exec(answer.body)?.[1] ?? answer.body
      url = new URL(answer.location, url).href
    }
    throw new Error(`no end of redirects at ${url}`)
  }

  /** JSON, as a script of an own page sends it. */
  async post(url: string, json: object): Promise<Answer> {
    return this.#send(url, json, 'application/json')
  }

  #send(url: string, body?: object, type = 'application/x-www-form-urlencoded'): Promise<Answer> {
    const { hostname, host, origin, pathname, search } = new URL(url)
    const jar = this.jars[hostname === 'primary.localhost' ? 'primary' : 'secondary']
    const text =
      body === undefined
        ? ''
        : type.endsWith('json')
          ? JSON.stringify(body)
          : new URLSearchParams(body as Record<string, string>).toString()
    const headers = {
      host,
      'user-agent': 'Mozilla/5.0',
      'sec-fetch-mode': type.endsWith('json') ? 'cors' : 'navigate',
      'sec-fetch-dest': type.endsWith('json') ? 'empty' : 'document',
      'sec-fetch-site': 'same-origin',
      cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      ...(body !== undefined && {
        origin,
        'content-type': type,
        'content-length': String(Buffer.byteLength(text)),
      }),
    }
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port: this.port,
          path: pathname + search,
          method: body === undefined ? 'GET' : 'POST',
          headers,
        },
        async (response) => {
          let received = ''
          for await (const chunk of response.setEncoding('utf8')) received += String(chunk)
          for (const line of response.headers['set-cookie'] ?? []) {
            const [pair = ''] = line.split(';')
            const name = pair.slice(0, pair.indexOf('='))
            if (/max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name)
            else jar.set(name, pair.slice(pair.indexOf('=') + 1))
          }
          resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: received })
        },
      )
      sent.once('error', reject).end(text)
    })
  }
}

type SignIn = (browser: Browser, name: 'Ada' | 'Grace') => Promise<unknown>
const mail = (name: string) => `${name.toLowerCase()}@example.com`

/** How each library signs in over HTTP, as its own forms and clients do. */
const recipes: Readonly<Record<string, SignIn>> = {
  'better-auth': async (browser, name) => {
    const account = { email: mail(name), password: `the password of ${name}` }
    const api = `${browser.origin('primary')}/api/auth`
    if ((await browser.post(`${api}/sign-in/email`, account)).status !== 200) {
      expect((await browser.post(`${api}/sign-up/email`, { ...account, name })).status).toBe(200)
    }
  },
  'auth-js': async (browser, name) => {
    const password = { Ada: 'correct horse battery', Grace: 'staple nanosecond wire' }[name]
    const api = `${browser.origin('primary')}/api/auth`
    const { csrfToken } = JSON.parse(await browser.open(`${api}/csrf`)) as { csrfToken: string }
    await browser.open(`${api}/callback/credentials`, {
      email: mail(name),
      password,
      csrfToken,
      callbackUrl: `${browser.origin('primary')}/`,
    })
  },
}

describe.each(Object.entries(recipes))('beside %s', (name, proveWith) => {
  let server: ChildProcess
  let port: number

  beforeAll(async () => {
    port = await freePort()
    const [primary, secondary] = ['primary', 'secondary'].map(
      (domain) => `http://${domain}.localhost:${port}`,
    )
    const secret = 'a-secret-for-tests-with-Many-d1fferent-letters'
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      NODE_ENV: 'production',
      NEXT_TELEMETRY_DISABLED: '1',
      CROSSDOMAIN_PRIMARY_SERVERNAME: primary,
      CROSSDOMAIN_DOMAINS: `${primary},${secondary}`,
      CROSSDOMAIN_SECRET: secret,
      AUTH_SECRET: secret,
      BETTER_AUTH_SECRET: secret,
    }
    const built = spawnSync(process.execPath, [next, 'build', `recipes/${name}`], { env, encoding: 'utf8' })
    if (built.status !== 0) throw new Error(`next build failed\n${built.stdout}${built.stderr}`)
    server = spawn(
      process.execPath,
      [next, 'start', `recipes/${name}`, '--port', String(port), '--hostname', '127.0.0.1'],
      { env, stdio: 'ignore' },
    )
    for (
      let attempts = 0;
      (await new Browser(port).open(`http://primary.localhost:${port}/`).catch(() => null)) === null;
      attempts++
    ) {
      if (attempts > 300) throw new Error('next start does not answer')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }, 240_000)
  afterAll(() => new Promise((resolve) => server.once('exit', resolve) && server.kill('SIGTERM')), 30_000)

  async function signIn(browser: Browser, user: 'Ada' | 'Grace'): Promise<string> {
    await browser.open(`${browser.origin('primary')}/`)
    await proveWith(browser, user)
    return browser.open(`${browser.origin('primary')}/signed-in`)
  }
  /** The page of a secondary, after the exchange that the island begins there. */
  async function onSecondary(browser: Browser): Promise<string> {
    await browser.open(`${browser.origin('secondary')}/`)
    return browser.open(`${browser.origin('secondary')}/crossdomain/start?return_to=/account`)
  }

  test('a sign-in on the primary is seen on the other domain', async () => {
    const browser = new Browser(port)
    expect(await signIn(browser, 'Ada')).toBe('Ada')
    expect(await onSecondary(browser)).toBe('Ada')
  })

  test("a sign-out on the other domain is seen on the primary, and the library's session does not undo it", async () => {
    const browser = new Browser(port)
    await signIn(browser, 'Ada')
    await onSecondary(browser)
    expect(await browser.open(`${browser.origin('secondary')}/sign-out`, {})).toBe('guest')
    expect(await browser.open(`${browser.origin('primary')}/account`)).toBe('guest')
    expect(await browser.open(`${browser.origin('primary')}/signed-in`)).toBe('guest')
  })

  test('nobody is signed in who has proved nothing', async () => {
    const browser = new Browser(port)
    expect(await browser.open(`${browser.origin('primary')}/signed-in`)).toBe('guest')
  })

  test('the next user is seen on both domains, and the one before on none', async () => {
    const browser = new Browser(port)
    await signIn(browser, 'Ada')
    await onSecondary(browser)
    await browser.open(`${browser.origin('primary')}/sign-out`, {})
    expect(await signIn(browser, 'Grace')).toBe('Grace')
    expect(await onSecondary(browser)).toBe('Grace')
  })
})
