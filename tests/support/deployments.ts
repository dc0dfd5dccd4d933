import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { NextRequest } from 'next/server.js'
import { defineConfig, type Options } from '../../src/core/config.js'
import type { Store } from '../../src/core/store/store.js'
import { createHandlers } from '../../src/next/handlers.js'
import { middlewareFor } from '../../src/next/middleware.js'
import { within } from '../../src/shared/within.js'
import { memoryStore } from '../../src/stores/memory.js'
import { freePort } from '../../fixtures/server.mjs'

/** What is different about one deployment. */
export interface Difference {
  readonly options?: (origins: readonly string[]) => Options
  readonly store?: Store
  /** How far its clock is ahead. */
  readonly aheadSeconds?: number
  /** What stands in front of it: changes a request, or answers it. */
  readonly before?: ((request: IncomingMessage) => Answer | undefined) | undefined
  /** Changes the headers of an answer, whose names are in lower case. */
  readonly after?: (headers: OutgoingHttpHeaders, request: IncomingMessage) => void
  /** Headers of the page, beside those of the middleware. */
  readonly page?: OutgoingHttpHeaders
  /** Default: 200. */
  readonly pageStatus?: number
  readonly hasIsland?: boolean
  readonly hasMiddleware?: boolean
}

interface Answer {
  readonly status: number
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

/** Deployments of one application that run: a server of Node for each, with the real middleware and route. */
export async function deploy(
  names: readonly string[],
  differences: Readonly<Record<string, Difference>> = {},
) {
  const store = memoryStore()
  const ports = await Promise.all(names.map(() => freePort()))
  const origins = names.map((name, index) => `http://${name}.localhost:${ports[index]}`)
  const island = readFileSync('dist/shared/wire.js', 'utf8')
  const servers = names.map((name) => {
    const wrong = differences[name] ?? {}
    const { aheadSeconds = 0, hasMiddleware = true, hasIsland = true } = wrong
    const options: Options = {
      primary: origins[0],
      domains: origins,
      secret: 'a-secret-for-tests-of-at-least-32-characters',
      onError: () => {},
      ...wrong.options?.(origins),
    }
    const config = defineConfig(options, {}, () => Date.now() / 1000 + aheadSeconds, within)
    const handlers = createHandlers(() => config, wrong.store ?? store)
    const middleware = middlewareFor(() => config)

    async function answer(incoming: IncomingMessage): Promise<Answer> {
      const url = incoming.url ?? '/'
      if (url === '/island.js') return { status: 200, body: island }
      const headers = Object.entries(incoming.headers).map(([name, value]): [string, string] => [
        name,
        String(value),
      ])
      // As in Next.js, the URL says where the server listens, and only `Host` says which domain was asked.
      const request = new NextRequest(`http://0.0.0.0:3000${url}`, {
        method: incoming.method ?? 'GET',
        headers,
      })
      if (url.startsWith('/crossdomain/')) {
        const response = await (incoming.method === 'POST' ? handlers.POST : handlers.GET)(request)
        return { status: response.status, headers: plain(response), body: await response.text() }
      }
      const response = hasMiddleware ? await middleware(request) : new Response()
      if (response.status !== 200)
        return { status: response.status, headers: plain(response), body: await response.text() }
      const script = hasIsland ? '<script src="/island.js"></script>' : ''
      const { pageStatus: status = 200, page } = wrong
      return { status, headers: { ...plain(response), ...page }, body: `<!doctype html>${script}` }
    }

    return createServer(async (request, response) => {
      const { status, headers = {}, body = '' } = wrong.before?.(request) ?? (await answer(request))
      const all: OutgoingHttpHeaders = {
        date: new Date(Date.now() + aheadSeconds * 1000).toUTCString(),
        ...headers,
      }
      wrong.after?.(all, request)
      response.writeHead(status, all).end(body)
    })
  })
  await Promise.all(
    servers.map(
      (server, index) => new Promise<void>((resolve) => server.listen(ports[index], '127.0.0.1', resolve)),
    ),
  )
  return {
    origins,
    stop: () => {
      for (const server of servers) server.close().closeAllConnections()
    },
  }
}

function plain({ headers }: Response): OutgoingHttpHeaders {
  const cookies = headers.getSetCookie()
  return { ...Object.fromEntries(headers), ...(cookies.length > 0 && { 'set-cookie': cookies }) }
}
