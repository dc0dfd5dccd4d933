import { spawn, spawnSync } from 'node:child_process'
import { request, type IncomingHttpHeaders } from 'node:http'
import type { RequestOptions } from 'node:https'
import { freePort } from '../../fixtures/server.mjs'

/** Domains of an application of the tests; its one server answers for both. */
export type AppDomain = 'primary' | 'secondary'

export interface AppRequest {
  readonly domain?: AppDomain
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
}

export interface AppAnswer {
  readonly status: number
  readonly location: string | null
  /** The lines of `Set-Cookie`. */
  readonly cookies: readonly string[]
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/**
 * Sends one request, and follows no redirect.
 * @param send Of `node:http` or `node:https`.
 */
export function sendRequest(
  send: typeof request,
  options: RequestOptions,
  body: string | Uint8Array,
): Promise<AppAnswer> {
  return new Promise((resolve, reject) => {
    const sent = send(options, async (response) => {
      let text = ''
      for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
      const { headers, statusCode: status = 0 } = response
      const { location = null, 'set-cookie': cookies = [] } = headers
      resolve({ status, location, cookies, headers, body: text })
    })
    sent.once('error', reject).end(body)
  })
}

/**
 * What Next.js builds and runs in a folder of `tests/apps`, on a free port.
 * @param options.modules The folder that has `next`. Default: that of the project.
 * @param options.hostname What Next.js listens on. Null leaves that to Next.js, for middleware that rewrites:
 *   with an address, it takes a rewrite for one to another server.
 */
export async function planApp(
  app: string,
  {
    modules = 'node_modules',
    hostname = '127.0.0.1',
  }: { readonly modules?: string; readonly hostname?: string | null } = {},
) {
  const next = `${modules}/next/dist/bin/next`
  const port = await freePort()
  const originOf = (domain: AppDomain) => `http://${domain}.localhost:${port}`
  const common: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    CROSSDOMAIN_PRIMARY_SERVERNAME: originOf('primary'),
    CROSSDOMAIN_DOMAINS: `${originOf('primary')},${originOf('secondary')}`,
    CROSSDOMAIN_SECRET: 'a-secret-for-the-tests-of-built-applications',
  }

  /** Node does not resolve names below `localhost`, so the name goes into `Host`. */
  function ask(
    path: string,
    { domain = 'primary', method = 'GET', headers = {}, body = '' }: AppRequest = {},
  ): Promise<AppAnswer> {
    const own = {
      host: new URL(originOf(domain)).host,
      'user-agent': 'Mozilla/5.0',
      ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }),
    }
    return sendRequest(
      request,
      { host: '127.0.0.1', port, path, method, headers: { ...own, ...headers } },
      body,
    )
  }

  return {
    originOf,
    ask,

    build(env: NodeJS.ProcessEnv = {}): void {
      const { status, stdout, stderr } = spawnSync(process.execPath, [next, 'build', app], {
        env: { ...common, ...env },
        encoding: 'utf8',
      })
      if (status !== 0) throw new Error(`next build failed\n${stdout}${stderr}`)
    },

    /** Starts what was built, and waits until it answers. It ends with this process, however that ends. */
    async start(env: NodeJS.ProcessEnv = {}) {
      const program = [
        '--import',
        './scripts/lib/endWithParent.mjs',
        next,
        'start',
        app,
        '--port',
        String(port),
        ...(hostname === null ? [] : ['--hostname', hostname]),
      ]
      const server = spawn(process.execPath, program, {
        env: { ...common, ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      })
      const output: string[] = []
      for (const stream of [server.stdout, server.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => output.push(text))
      const stop = () => new Promise((resolve) => server.once('exit', resolve) && server.kill('SIGTERM'))
      for (let attempts = 0; (await ask('/').catch(() => null)) === null; attempts++) {
        if (attempts > 300) {
          await stop()
          throw new Error(`next start does not answer\n${output.join('')}`)
        }
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return {
        pid: server.pid,
        /** What it has printed so far. */
        output,
        stop,
      }
    },
  }
}
