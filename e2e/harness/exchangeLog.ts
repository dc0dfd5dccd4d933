import { expect, type BrowserContext, type Request } from '@playwright/test'
import { originOf } from './shop.js'

/** One request to the route of the exchange, as the browser sent it. */
export interface ExchangeRequest {
  readonly origin: string
  /** Last segment of the path: `start`, `check`, `replace` or `ended`. */
  readonly action: string
  readonly method: string
  readonly transport: 'fetch' | 'navigation' | 'script'
  /** Answer to it; null until it came. */
  status: number | null
}

/** Everything that the browser sent to `/crossdomain/`, in order, redirects included. */
export class ExchangeLog {
  readonly #requests = new Map<Request, ExchangeRequest>()
  readonly #routePath: string

  constructor(context: BrowserContext, routePath = '/crossdomain') {
    this.#routePath = routePath
    context.on('request', (request) => this.#add(request))
    context.on('response', (response) => {
      const entry = this.#requests.get(response.request())
      if (entry !== undefined) entry.status = response.status()
    })
  }

  /** @param origin Only those sent to this origin. */
  requests(origin?: string): readonly ExchangeRequest[] {
    return [...this.#requests.values()].filter((request) => origin === undefined || request.origin === origin)
  }

  /** For example `['start', 'check', 'replace']`. */
  actions(origin?: string): string[] {
    return this.requests(origin).map(({ action }) => action)
  }

  /** Forgets what was sent so far. */
  clear(): void {
    this.#requests.clear()
  }

  /** Waits until an action was answered `times` times. */
  async waitFor(action: string, times = 1): Promise<void> {
    const answered = () =>
      this.requests().filter((request) => request.action === action && request.status !== null).length
    await expect.poll(answered, { message: `answers to ${action}` }).toBeGreaterThanOrEqual(times)
  }

  /** Waits until nothing was sent for `quietMs`: to say that something does **not** happen. */
  async settle(quietMs = 1_500): Promise<void> {
    let seen = -1
    while (seen !== this.#requests.size) {
      seen = this.#requests.size
      await new Promise((resolve) => setTimeout(resolve, quietMs))
    }
  }

  #add(request: Request): void {
    const { origin, hostname, pathname } = new URL(request.url())
    const action = pathname.slice(this.#routePath.length + 1)
    // `useSession` asks the own domain, and is no exchange.
    if (!pathname.startsWith(`${this.#routePath}/`) || action === 'session') return
    // A page of the primary asks once a week whether it has its cookies. That is none either.
    if (hostname === new URL(originOf('primary')).hostname && action === 'start') return
    const transport = request.isNavigationRequest()
      ? 'navigation'
      : request.resourceType() === 'script'
        ? 'script'
        : 'fetch'
    this.#requests.set(request, { origin, action, method: request.method(), transport, status: null })
  }
}
