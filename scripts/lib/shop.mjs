// Starts the example: the embedded database, one build, one Next.js process for each domain. The demo and the browser tests use it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { run } from '../setup.mjs'

const root = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))))
const next = path.join(root, 'node_modules', 'next', 'dist', 'bin', 'next')
const endWithParent = new URL('./endWithParent.mjs', import.meta.url).href
const hosts = ['primary.localhost', 'secondary.localhost', 'another.localhost']

/**
 * @param {{ firstPort: number, origins?: string[], dataDir?: string, distDir: string, secret: string, say?: (text: string) => void, environment?: (databaseUrl: string) => Promise<Record<string, string>> }} options
 *   The three domains are at `firstPort` and the two after it; `origins` says how browsers reach them, if not there. Without `dataDir` the data lives in memory. `distDir` is relative to `app-example`.
 *   `environment` tells, once the database runs, what the shops see differently.
 * @returns {Promise<{ origins: string[], databaseUrl: string, onExit(tell: (message: string) => void): void, stop(): Promise<void> }>}
 */
export async function startShop({
  firstPort,
  origins = hosts.map((host, index) => `http://${host}:${firstPort + index}`),
  dataDir,
  distDir,
  secret,
  say = () => {},
  environment = async () => ({}),
}) {
  const ports = hosts.map((_, index) => firstPort + index)
  for (const port of ports) await assertFree(port)
  const children = new Set()
  let tell = () => {}
  let stopping = false

  const start = (name, args, env) => {
    // In a group of its own: Ctrl-C reaches this process alone, which ends the others in their order.
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    const lines = []
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => lines.push(text) > 200 && lines.shift())
    const started = {
      name,
      child,
      output: () => lines.join(''),
      gone: new Promise((resolve) => child.once('exit', resolve)),
    }
    children.add(started)
    void started.gone.then((code) => {
      children.delete(started)
      if (!stopping) tell(`${name} ended by itself (exit code ${code}).\n${started.output()}`)
    })
    return started
  }
  const killAll = () => {
    for (const { child } of children) child.kill('SIGTERM')
  }
  process.once('exit', killAll)
  const end = async ({ child, gone }) => {
    child.kill('SIGTERM')
    const late = setTimeout(() => child.kill('SIGKILL'), 5000)
    await gone
    clearTimeout(late)
  }
  const stop = async () => {
    stopping = true
    process.removeListener('exit', killAll)
    // The shops first, so that none of them meets a database that is gone.
    const [database, ...shops] = children
    await Promise.all(shops.map(end))
    if (database !== undefined) await end(database)
  }

  try {
    say(`starting the database (${dataDir === undefined ? 'in memory' : path.relative(root, dataDir)})`)
    const database = start(
      'the database',
      [path.join(root, 'scripts', 'database.mjs'), dataDir ?? ''],
      process.env,
    )
    const databaseUrl = await firstLine(database)

    const env = {
      ...process.env,
      NEXT_TELEMETRY_DISABLED: '1',
      NEXT_DIST_DIR: distDir,
      CROSSDOMAIN_PRIMARY_SERVERNAME: origins[0],
      CROSSDOMAIN_DOMAINS: origins.join(','),
      CROSSDOMAIN_SECRET: secret,
      DATABASE_URL: 'postgresql://shop:shop@localhost/shop',
      NEON_FETCH_ENDPOINT: databaseUrl,
    }
    say('creating the tables')
    run(process.execPath, [path.join(root, 'app-example', 'create-tables.mjs')], env)
    buildShop(distDir, env, say)
    say('starting three deployments')
    const shopEnv = { ...env, ...(await environment(databaseUrl)), NODE_ENV: 'production' }
    const shops = ports.map((port, index) => {
      const args = [
        '--import',
        endWithParent,
        next,
        'start',
        'app-example',
        '--port',
        String(port),
        '--hostname',
        '127.0.0.1',
      ]
      return start(hosts[index], args, shopEnv)
    })
    await Promise.all(shops.map((shop, index) => answers(shop, hosts[index], ports[index])))
    return { origins, databaseUrl, stop, onExit: (listener) => (tell = listener) }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Builds unless nothing has changed since the last time. */
function buildShop(distDir, env, say) {
  const stamp = path.join(root, 'app-example', distDir, 'built-from')
  // Origins are read when the shop runs; the build depends on nothing but its sources.
  const state = digest(['app-example', 'dist', 'next.config.mjs', 'package-lock.json'])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return
  say('building the shop (next build, about 20 seconds)')
  rmSync(stamp, { force: true })
  // TypeScript looks at the route types of every build folder; those of an older build may name routes that are gone.
  for (const name of readdirSync(path.join(root, 'app-example')).filter((entry) =>
    entry.startsWith('.next'),
  )) {
    rmSync(path.join(root, 'app-example', name, 'types'), { recursive: true, force: true })
  }
  run(process.execPath, [next, 'build', 'app-example'], { ...env, NODE_ENV: 'production' })
  mkdirSync(path.dirname(stamp), { recursive: true })
  writeFileSync(stamp, state)
}

/** @returns Hash of the names and contents of files and folders, without what `next build` writes into them. */
function digest(names) {
  const hash = createHash('sha256')
  const add = (name) => {
    if (/(^|\/)(\.next[^/]*|next-env\.d\.ts)$/.test(name)) return
    const file = path.join(root, name)
    if (statSync(file).isDirectory()) for (const entry of readdirSync(file).sort()) add(`${name}/${entry}`)
    else hash.update(`${name}\n`).update(readFileSync(file))
  }
  names.forEach(add)
  return hash.digest('hex')
}

/** Asks at both addresses that browsers try for names below `localhost`: a stranger on `::1` would be shown in place of the shop. */
async function assertFree(port) {
  const answered = await Promise.all(['127.0.0.1', '::1'].map((host) => isAnswered(host, port)))
  if (answered.includes(true))
    throw new Error(
      `Port ${port} is in use. Stop what uses it, or choose other ports: PORT=4000 npm run example`,
    )
}

/** False also where the machine has no such address. */
function isAnswered(host, port) {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (answer) => () => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', settle(true)).once('error', settle(false))
  })
}

/** @returns {Promise<string>} The first line that a process prints; its own words when it ends before. */
function firstLine({ child, output, gone }) {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (part) => {
      text += part
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    void gone.then(() => reject(new Error(output().trim())))
  })
}

/** Waits until a shop serves its first page. Node does not resolve `*.localhost` itself, so the name goes into `Host`. */
async function answers({ child, name, output }, host, port) {
  const until = Date.now() + 60_000
  while (Date.now() < until) {
    if (child.exitCode !== null) throw new Error(`${name} did not start:\n${output()}`)
    const status = await new Promise((resolve) => {
      get({ host: '127.0.0.1', port, headers: { host: `${host}:${port}` } }, (response) =>
        resolve(response.resume().statusCode),
      ).once('error', () => resolve(0))
    })
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${name} did not answer within a minute:\n${output()}`)
}
