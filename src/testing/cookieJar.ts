/** A cookie, in the shape that Playwright's `context.addCookies` takes. */
export interface TestCookie {
  readonly name: string
  readonly value: string
  /** The host, with a dot before it if its subdomains get the cookie too. */
  readonly domain: string
  readonly path: string
  /** Seconds since 1970; -1 if the cookie goes when the browser closes. */
  readonly expires: number
  readonly httpOnly: boolean
  readonly secure: boolean
  readonly sameSite: 'Strict' | 'Lax' | 'None'
}

/** The cookies of a browser. */
export class CookieJar {
  readonly #cookies = new Map<string, TestCookie>()

  all(): readonly TestCookie[] {
    return [...this.#cookies.values()]
  }

  /** @param rides Whether a cookie with this `SameSite`, in lower case, is sent along. */
  header(origin: string, rides: (sameSite: string) => boolean): string {
    const { hostname } = new URL(origin)
    return this.all()
      .filter(
        ({ domain }) => domain === hostname || (domain.startsWith('.') && `.${hostname}`.endsWith(domain)),
      )
      .filter(({ sameSite }) => rides(sameSite.toLowerCase()))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  /** Keeps what an answer sets. @param isKept As `rides`: what cannot be sent cannot be set either. */
  keep(origin: string, headers: Headers, isKept: (sameSite: string) => boolean): void {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...rest] = line.split(/;\s*/)
      const attributes = new Map(
        rest.map((text): [string, string] => {
          const [name = '', value = ''] = text.split('=')
          return [name.toLowerCase(), value]
        }),
      )
      const name = pair.slice(0, pair.indexOf('='))
      const shared = attributes.get('domain')
      const domain = shared === undefined ? new URL(origin).hostname : `.${shared.replace(/^\./, '')}`
      const key = `${domain} ${name}`
      const maxAge = attributes.get('max-age')
      const said = attributes.get('samesite')?.toLowerCase()
      const sameSite = sameSites.find((one) => one.toLowerCase() === said) ?? 'Lax'
      if (!isKept(sameSite.toLowerCase())) continue
      if (maxAge === '0') this.#cookies.delete(key)
      else
        this.#cookies.set(key, {
          name,
          value: pair.slice(name.length + 1),
          domain,
          path: attributes.get('path') ?? '/',
          expires: maxAge === undefined ? -1 : Math.floor(Date.now() / 1000) + Number(maxAge),
          httpOnly: attributes.has('httponly'),
          secure: attributes.has('secure'),
          sameSite,
        })
    }
  }
}

const sameSites = ['Strict', 'Lax', 'None'] as const
