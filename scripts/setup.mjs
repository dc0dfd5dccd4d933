// What a fresh clone lacks, installed when it is needed: dependencies, the built kit, a browser, database servers.
// Uses nothing but Node, so that it runs before `npm ci` has. Quiet where there is nothing to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { findPostgres, packagedPostgres } from '../fixtures/postgres.mjs'
import { findRedis } from '../fixtures/redis.mjs'

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

/** @returns {Promise<string>} Path of a Chromium: the one that is there, else Playwright's, else Debian's. */
export async function ensureBrowser() {
  const known = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ]
  const found = known.find((file) => file !== undefined && existsSync(file)) ?? (await playwrightBrowser())
  if (found !== undefined) return found
  say("installing a browser (Playwright's Chromium)")
  const cli = path.join(root, 'node_modules', 'playwright', 'cli.js')
  tryRun(process.execPath, [cli, 'install', 'chromium'])
  const downloaded = await playwrightBrowser()
  if (downloaded !== undefined) {
    // The libraries that it needs; a desktop has them, a bare container does not.
    tryRun(process.execPath, [cli, 'install-deps', 'chromium'])
    return downloaded
  }
  say('installing a browser (apt-get install chromium), because the download did not work')
  tryApt('chromium')
  if (existsSync('/usr/bin/chromium')) return '/usr/bin/chromium'
  throw new Error(
    'No Chromium. Run `npx playwright install chromium`, or `sudo apt-get install chromium`, or set CHROMIUM_PATH to one.',
  )
}

/** Makes sure that the servers are there which the tests start: a Postgres and a Redis. */
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

function tryApt(name) {
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  for (const command of [
    ['apt-get', 'update', '-q'],
    ['apt-get', 'install', '-y', '-q', '--no-install-recommends', name],
  ]) {
    const [program, ...rest] = [...asRoot, ...command]
    // Packages of servers start one of their own at once, unless they are told not to.
    tryRun(program, rest, { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' })
  }
}

async function playwrightBrowser() {
  const { chromium } = await import(
    pathToFileURL(path.join(root, 'node_modules', 'playwright', 'index.mjs')).href
  )
  const file = chromium.executablePath()
  return existsSync(file) ? file : undefined
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

function tryRun(program, args, environment = {}) {
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
