import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** One answer, before any redirect is followed. */
export interface Answer {
  readonly url: URL
  /** 0 if there was none; the body says why. */
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

/** Which cookies the browser sends: all of the host, those with `SameSite=None`, or nothing. */
type Jar = 'all' | 'none-cookies' | 'nothing'

interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly jar?: Jar
}

const timeoutMs = 20_000
const userAgent = 'Mozilla/5.0 (compatible; next-crossdomain-session doctor)'

/** What a browser says if somebody types an address or follows a link. */
export const navigation = {
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
  accept: 'text/html',
} as const

/** What a browser says if a page of the same origin calls `fetch` with GET. It names no origin. */
export const ownFetch = {
  'sec-fetch-mode': 'cors',
  'sec-fetch-dest': 'empty',
  'sec-fetch-site': 'same-origin',
  accept: '*/*',
} as const

/** The same with the origin of the page, as another domain gets it. */
export const fetchOf = (origin: string) => ({ ...ownFetch, origin }) as const

/**
 * A browser made of a cookie jar for each host. It follows no redirect by itself, so that every hop can be
 * looked at.
 */
export class Visitor {
  readonly #jars = new Map<string, Map<string, { readonly value: string; readonly isNone: boolean }>>()

  /**
   * @param given Cookies that it has on every domain, such as one that says that the visitor has consented.
   */
  constructor(readonly given: readonly string[] = []) {}

  async ask(url: URL, { method = 'GET', headers = {}, jar = 'all' }: Question = {}): Promise<Answer> {
    const own = [...(this.#jars.get(url.host) ?? [])].filter(([, { isNone }]) => jar === 'all' || isNone)
    const pairs =
      jar === 'nothing' ? [] : [...this.given, ...own.map(([name, { value }]) => `${name}=${value}`)]
    const cookie = pairs.join('; ')
    const answer = await send(url, method, {
      'user-agent': userAgent,
      ...headers,
      ...(cookie !== '' && { cookie }),
    }).catch((cause: unknown) => ({ url, status: 0, headers: new Headers(), body: reasonOf(cause) }))
    this.#keep(answer)
    return answer
  }

  #keep({ url, headers }: Answer): void {
    const jar = this.#jars.get(url.host) ?? new Map()
    this.#jars.set(url.host, jar)
    for (const cookie of headers.getSetCookie().map(parseCookie)) {
      if (cookie.attributes.get('max-age') === '0') jar.delete(cookie.name)
      else
        jar.set(cookie.name, {
          value: cookie.value,
          isNone: cookie.attributes.get('samesite')?.toLowerCase() === 'none',
        })
    }
  }
}

/** For example `ECONNREFUSED (connect ECONNREFUSED 192.0.2.1:443)`. Of several addresses, none answered. */
function reasonOf(cause: unknown): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause
  if (!(first instanceof Error)) return String(first)
  if (first.name === 'TimeoutError') return `ETIMEDOUT (${timeoutMs / 1000} seconds)`
  return 'code' in first ? `${String(first.code)} (${first.message})` : first.message
}

/** One line of `Set-Cookie`. Names of attributes are in lower case. */
export interface ReceivedCookie {
  readonly name: string
  readonly value: string
  readonly attributes: ReadonlyMap<string, string>
}

export function parseCookie(line: string): ReceivedCookie {
  const [pair = '', ...rest] = line.split(/;\s*/)
  const [name, value] = split(pair)
  return { name, value, attributes: new Map(rest.map(split).map(([key, text]) => [key.toLowerCase(), text])) }
}

function split(pair: string): [string, string] {
  const at = pair.indexOf('=')
  return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
}

/** Not `fetch`, which sets `Sec-Fetch-Mode` itself and hides redirects. */
function send(url: URL, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  // Browsers resolve names below `localhost` to this machine, and Node does not.
  const isLocal = url.hostname === 'localhost' || url.hostname.endsWith('.localhost')
  const options = {
    method,
    headers: { host: url.host, ...(method !== 'GET' && { 'content-length': '0' }), ...headers },
    signal: AbortSignal.timeout(timeoutMs),
    ...(isLocal && { hostname: '127.0.0.1', servername: url.hostname }),
  }
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? requestHttps : requestHttp
    request(url, options, (response) => {
      const chunks: Buffer[] = []
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .once('error', reject)
        .once('end', () => {
          const received = Object.entries(response.headersDistinct).flatMap(([name, values = []]) =>
            values.map((value): [string, string] => [name, value]),
          )
          const body = Buffer.concat(chunks).toString()
          resolve({ url, status: response.statusCode ?? 0, headers: new Headers(received), body })
        })
    })
      .once('error', reject)
      .end()
  })
}
