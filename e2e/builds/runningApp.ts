import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { freePort } from '../../fixtures/server.mjs'
import { installNext15 } from '../../fixtures/next15.mjs'
import type { Build } from './builds.js'

export type Domain = 'primary' | 'secondary'

export interface RunningApp {
  /** Where the application begins on this domain, without a slash at the end. */
  readonly baseOf: (domain: Domain) => string
  readonly stop: () => Promise<void>
}

const root = path.resolve(import.meta.dirname, '../..')
const template = path.join(import.meta.dirname, 'app')

/** Copies the application, builds it as `build` says, and starts it. Its sessions are in a file, so that several servers share them. */
export async function runApp(name: string, build: Build): Promise<RunningApp> {
  // The folder decides which Next.js is found: that of the project, or the one installed for version 15.
  const home = build.next === 15 ? installNext15() : root
  const folder = path.join(home, '.cache', 'builds', name)
  rmSync(folder, { recursive: true, force: true })
  cpSync(template, folder, { recursive: true })
  rmSync(path.join(folder, build.file === 'proxy' ? 'middleware.ts' : 'proxy.ts'))
  for (const other of build.router === 'pages' ? ['layout.tsx', 'page.tsx', 'static/page.tsx'] : ['../pages'])
    rmSync(path.join(folder, 'app', other), { recursive: true })
  // Next.js writes one for itself.
  rmSync(path.join(folder, 'tsconfig.json'))
  const { basePath = '', output } = build.config ?? {}
  const ports = await freePorts(build.deployment === 'one' ? 1 : 2)
  const originOf = (domain: Domain) =>
    `http://${domain}.localhost:${domain === 'primary' ? ports[0] : ports.at(-1)}`
  writeFileSync(path.join(folder, 'next.config.mjs'), configOf(build, home))
  const next = path.join(home, 'node_modules', 'next', 'dist', 'bin', 'next')
  const bundler = build.next === 16 || build.bundler === 'turbopack' ? [`--${build.bundler}`] : []
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    NODE_ENV: build.command === 'dev' ? 'development' : 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    CROSSDOMAIN_PRIMARY_SERVERNAME: originOf('primary'),
    CROSSDOMAIN_DOMAINS: `${originOf('primary')},${originOf('secondary')}`,
    CROSSDOMAIN_SECRET: 'a-secret-for-the-tests-of-built-applications',
    CROSSDOMAIN_PATH: `${basePath}/crossdomain`,
    NEXT_PUBLIC_CROSSDOMAIN_PATH: `${basePath}/crossdomain`,
    SESSIONS_FILE: path.join(folder, 'sessions.db'),
  }
  if (build.command === 'start') {
    const args = [next, 'build', folder, ...bundler]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`next build failed\n${stdout}${stderr}`)
  }
  const servers = await Promise.all(
    ports.map((port, index) => {
      const base = originOf(index === 0 ? 'primary' : 'secondary') + basePath
      if (output === 'standalone') {
        const own = { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' }
        return startServer([standaloneOf(folder, home)], own, base)
      }
      const options = ['--port', String(port), '--hostname', '127.0.0.1']
      const own = build.command === 'dev' ? bundler : []
      return startServer([next, build.command, folder, ...own, ...options], env, base)
    }),
  )
  const stop = async () => {
    await Promise.all(servers.map(end))
    rmSync(folder, { recursive: true, force: true })
  }
  return { baseOf: (domain) => originOf(domain) + basePath, stop }
}

/** @returns The program that `next build` has made, with the files that a browser loads beside it. */
function standaloneOf(folder: string, home: string): string {
  const made = path.join(folder, '.next', 'standalone', path.relative(home, folder))
  cpSync(path.join(folder, '.next', 'static'), path.join(made, '.next', 'static'), { recursive: true })
  return path.join(made, 'server.js')
}

function configOf({ next, cacheComponents, config: more = {} }: Build, home: string): string {
  const config = {
    ...more,
    ...(next === 16 && { cacheComponents }),
    turbopack: { root: home },
    outputFileTracingRoot: home,
    devIndicators: false,
    // The template is checked with the other sources.
    typescript: { ignoreBuildErrors: true },
  }
  return `export default ${JSON.stringify(config, null, 2)}\n`
}

async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort())
  return [...ports]
}

async function startServer(args: string[], env: NodeJS.ProcessEnv, base: string): Promise<ChildProcess> {
  const endWithParent = path.join(root, 'scripts', 'lib', 'endWithParent.mjs')
  const server = spawn(process.execPath, ['--import', `file://${endWithParent}`, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  // In development the first answer to each path comes after it was compiled; here, so that no test waits for it.
  for (const page of ['/', '/static', '/crossdomain/session'])
    for (const until = Date.now() + 120_000; !(await answers(base + page));) {
      if (Date.now() > until || server.exitCode !== null) {
        await end(server)
        throw new Error(`${page} does not answer\n${output}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  return server
}

function end(server: ChildProcess): Promise<unknown> {
  if (server.exitCode !== null) return Promise.resolve()
  return new Promise((resolve) => server.once('exit', resolve) && server.kill('SIGTERM'))
}

/** Node does not resolve names below `localhost`, so the name goes into `Host`. A redirect adds a slash. */
function answers(url: string): Promise<boolean> {
  const { host, port, pathname } = new URL(url)
  const headers = { host, 'sec-fetch-site': 'same-origin' }
  return new Promise((resolve) => {
    request({ host: '127.0.0.1', port, path: pathname, headers }, (response) =>
      resolve([200, 308].includes(response.resume().statusCode ?? 0)),
    )
      .once('error', () => resolve(false))
      .end()
  })
}
