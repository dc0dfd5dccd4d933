import type { IncomingMessage, ServerResponse } from 'node:http'
import { startTlsFront, type Visit } from '../../fixtures/tls-front.mjs'
import { databaseVariable, front as place } from './shop.js'

/** What one step of a visitor cost. */
export interface Cost {
  /** Pages that the browser loaded. */
  readonly loads: number
  /** Redirects that it followed, by fetch or navigation. */
  readonly redirects: number
  /** Requests to the route of the exchange; how each came. */
  readonly exchange: readonly string[]
}

/** HTTPS in front of the shop. All engines pass through it, so it is also where requests are counted and held back. */
export class Front {
  readonly #server: Awaited<ReturnType<typeof startTlsFront>>
  #release = () => {}

  constructor(server: Awaited<ReturnType<typeof startTlsFront>>) {
    this.#server = server
  }

  /** Forgets what was asked so far. */
  forget(): void {
    this.#server.visits.length = 0
  }

  /** All that was asked since `forget`. */
  visits(): readonly Visit[] {
    return this.#server.visits
  }

  cost(): Cost {
    const visits = this.#server.visits.filter(({ status }) => status !== null)
    const exchange = visits.filter(isExchange)
    return {
      // 304: the browser still had the page, and asked whether it has changed.
      loads: visits.filter(
        ({ destination, status }) => destination === 'document' && (status === 200 || status === 304),
      ).length,
      redirects: visits.filter(({ status }) => [301, 302, 303, 307, 308].includes(status ?? 0)).length,
      exchange: exchange.map(
        ({ path, destination }) => `${path.split('/').at(-1)} by ${transport(destination)}`,
      ),
    }
  }

  /** Values of all cookies that were set for servers alone. */
  secrets(): string[] {
    const set = this.#server.visits.flatMap(({ setCookie }) => setCookie)
    return set.filter((cookie) => /httponly/i.test(cookie)).map((cookie) => cookie.split(/[=;]/, 2)[1] ?? '')
  }

  /** Lets requests of the exchange wait until `release`. */
  hold(): void {
    const released = new Promise<void>((resolve) => (this.#release = resolve))
    this.#server.intercept(async (request) => {
      if (isOfExchange(request)) await released
      return false
    })
  }

  /** Keeps the domains from talking to each other until `release`, to prepare each alone. */
  keepApart(): void {
    this.#server.intercept(async (request, response) => isOfExchange(request) && refuse(request, response))
  }

  /** Answers these paths itself, on all domains, until `release`. */
  serve(answers: Readonly<Record<string, (response: ServerResponse) => void>>): void {
    this.#server.intercept(async ({ url = '' }, response) => {
      const answer = answers[url]
      answer?.(response)
      return answer !== undefined
    })
  }

  release(): void {
    this.#release()
    this.#server.intercept(null)
  }

  /** Waits until no request came for a moment: to say that something does not happen. */
  async quiet(forMs = 1_500): Promise<void> {
    let seen = -1
    while (seen !== this.#server.visits.length) {
      seen = this.#server.visits.length
      await new Promise((resolve) => setTimeout(resolve, forMs))
    }
  }

  /** How many rows the shop's store holds. */
  async rows(): Promise<number> {
    const response = await fetch(process.env[databaseVariable] ?? '', {
      method: 'POST',
      body: JSON.stringify({ query: 'select count(*)::int as rows from crossdomain_rows' }),
    })
    const { rows } = (await response.json()) as { readonly rows: readonly { readonly rows: unknown }[] }
    return Number(rows[0]?.rows)
  }

  close(): Promise<void> {
    return this.#server.close()
  }
}

export async function startFront(): Promise<Front> {
  return new Front(await startTlsFront(place))
}

function isOfExchange({ url = '' }: IncomingMessage): boolean {
  return /^\/crossdomain\/(start|check|replace)/.test(url)
}

function isExchange({ path }: Visit): boolean {
  return /^\/crossdomain\/(start|check|replace)$/.test(path)
}

function transport(destination: string): string {
  return destination === 'document' ? 'navigation' : 'fetch'
}

/** A fetch gets the answer of a store that is down. A navigation gets no page, so the browser stays where it is. */
function refuse(request: IncomingMessage, response: ServerResponse): true {
  if (request.headers['sec-fetch-mode'] === 'navigate') response.writeHead(204).end()
  else
    response
      .writeHead(503, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ result: 'error', code: 'CDS301' }))
  return true
}
