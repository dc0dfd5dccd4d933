import {
  createServer,
  request as send,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** What stands between the browser and the shop in one test. */
export interface GatewayRules {
  /** Takes `Cross-Origin-Opener-Policy` from every answer: this is how the route was before. */
  readonly stripsOpenerPolicy?: boolean
  /**
   * Answers large requests with a page of its own, with these headers, as nginx does. Otherwise the shop's server answers
   * 431, without a page.
   */
  readonly errorPage?: Readonly<Record<string, string>>
  /** Hides from the shop that a browser asks for the script of a service worker: this is how it was before. */
  readonly hidesWorkers?: boolean
  /** Called before a ticket reaches the shop. */
  readonly beforeReplace?: () => Promise<void>
  /** Lets every page read the answer to a ticket: this is how it was before, while the store was down. */
  readonly opensReplace?: boolean
  /** Gives the browser the cookies under the names that script can set: this is how they were called before. */
  readonly usesFormerNames?: boolean
}

/** Any path that the shop does not know: a file that somebody has uploaded. It says what it saw in the cache `stolen`. */
export const uploadedWorker = '/uploads/worker.js'

const workerSource = `
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  if (!event.request.url.includes('ticket=')) return
  const noted = caches.open('stolen').then((cache) => cache.put('/stolen', new Response(event.request.url)))
  event.respondWith(noted.then(() => new Response('')))
})`

const errorPage = '<!doctype html><title>400</title><h1>Request Header Or Cookie Too Large</h1>'

/** A proxy that the browser uses for all its requests. */
export class Gateway {
  rules: GatewayRules = {}
  /** Tickets that went by in a `Location`, newest last. */
  readonly tickets: string[] = []
  readonly #server = createServer({ maxHeaderSize: 2 ** 18 }, (request, response) =>
    this.#pass(request, response),
  )

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search, port, host } = new URL(request.url ?? '', `http://${request.headers.host}`)
    const { rules } = this
    if (!host.endsWith('.localhost') && !host.includes('.localhost:'))
      return void response.writeHead(404).end()
    const headers: IncomingHttpHeaders = { ...request.headers, host }
    const isWorker = headers['service-worker'] === 'script'
    if (isWorker && rules.hidesWorkers) {
      delete headers['service-worker']
      headers['sec-fetch-dest'] = 'script'
    }
    if (rules.usesFormerNames)
      headers.cookie = (headers.cookie ?? '').replaceAll(
        /__Host-(?=crossdomain(-link|-leaving)?=)/g,
        '__Host-Http-',
      )
    const isReplace = pathname.endsWith('/crossdomain/replace')
    if (isReplace) await rules.beforeReplace?.()
    if (rules.errorPage !== undefined && (headers.cookie ?? '').length > 8_000)
      return void response.writeHead(400, { 'Content-Type': 'text/html', ...rules.errorPage }).end(errorPage)
    const onward = send(
      { host: '127.0.0.1', port, path: pathname + search, method: request.method ?? 'GET', headers },
      (answer) => {
        const told = { ...answer.headers }
        const ticket = /\/replace\?ticket=.*/.exec(told.location ?? '')
        if (ticket !== null) this.tickets.push(told.location ?? '')
        if (rules.usesFormerNames)
          told['set-cookie'] =
            told['set-cookie']?.map((line) => line.replace('__Host-Http-', '__Host-')) ?? []
        if (rules.stripsOpenerPolicy) delete told['cross-origin-opener-policy']
        if (isReplace && rules.opensReplace) {
          told['access-control-allow-origin'] = 'null'
          told['access-control-allow-credentials'] = 'true'
        }
        if (pathname === uploadedWorker && answer.statusCode === 404) {
          answer.resume()
          const type = { 'Content-Type': 'text/javascript', 'Service-Worker-Allowed': '/' }
          return void response.writeHead(200, type).end(workerSource)
        }
        response.writeHead(answer.statusCode ?? 502, told)
        answer.pipe(response)
      },
    )
    onward.once('error', () => response.destroy())
    request.pipe(onward)
  }
}
