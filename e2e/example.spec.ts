// `npm run example`, as somebody types it in a terminal.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from '@playwright/test'
import { firstPort } from './harness/shop.js'

/** Beside those of the shop that the other tests use. */
const port = firstPort + 10
const hosts = ['primary.localhost', 'secondary.localhost', 'another.localhost']
const runs: Run[] = []

interface Run {
  readonly child: ChildProcess
  readonly printed: () => string
  readonly ended: Promise<number | null>
}

/** In a process group of its own, as a terminal does it. The build is that of the other tests. */
function runExample(environment: { readonly PORT: string; readonly DATA_DIR: string }): Run {
  const env = { ...process.env, ...environment, NEXT_DIST_DIR: '.next-e2e' }
  const child = spawn('npm', ['run', 'example'], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => (text += part))
  const run = {
    child,
    printed: () => text,
    ended: new Promise<number | null>((resolve) => child.once('close', resolve)),
  }
  runs.push(run)
  return run
}

/** Ctrl-C: every process in the foreground gets the signal. */
function pressCtrlC({ child }: Run): void {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
    process.kill(-child.pid, 'SIGINT')
}

/** Node does not resolve names below `localhost`, so the name goes into `Host`. @returns 0 when nothing answers. */
function statusOf(host: string, at: number): Promise<number> {
  return new Promise((resolve) => {
    get({ host: '127.0.0.1', port: at, headers: { host: `${host}:${at}` } }, (response) =>
      resolve(response.resume().statusCode ?? 0),
    ).once('error', () => resolve(0))
  })
}

/** Processes that have this folder in their environment, which all below the example inherit. Known on Linux only. */
function processesWith(dataDir: string): string[] {
  if (!existsSync('/proc')) return []
  return readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/environ`, 'utf8').includes(`DATA_DIR=${dataDir}`)
    } catch {
      return false
    }
  })
}

test.describe.configure({ mode: 'serial' })

let folder: string
let dataDir: string
let example: Run

test.beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'crossdomain-example-'))
  dataDir = path.join(folder, 'data')
  example = runExample({ PORT: String(port), DATA_DIR: dataDir })
})
test.afterAll(async () => {
  runs.forEach(pressCtrlC)
  await Promise.all(runs.map(({ ended }) => ended))
  rmSync(folder, { recursive: true, force: true })
})

test('prints three addresses that answer, and three lines on what to try', async () => {
  test.setTimeout(70_000)
  await expect.poll(example.printed, { timeout: 60_000 }).toContain('Ctrl-C')
  expect(
    example
      .printed()
      .match(/^ +http:\S+$/gm)
      ?.map((line) => line.trim()),
  ).toEqual(hosts.map((host, index) => `http://${host}:${port + index}`))
  expect(example.printed().match(/^ +[123]\. /gm)).toHaveLength(3)
  for (const [index, host] of hosts.entries()) expect(await statusOf(host, port + index)).toBe(200)
})

test('a second one on the same data ends, and names who has it', async () => {
  const second = runExample({ PORT: String(port + 10), DATA_DIR: dataDir })
  expect(await second.ended).toBe(1)
  const owner = readFileSync(path.join(dataDir, 'owner.pid'), 'utf8')
  expect(second.printed()).toContain(`${dataDir} is in use by process ${owner}`)
  expect(second.printed()).not.toMatch(/^ +at /m)
})

test('a second one on the same ports ends, and says how to choose others', async () => {
  const second = runExample({ PORT: String(port), DATA_DIR: path.join(folder, 'other') })
  expect(await second.ended).toBe(1)
  expect(second.printed()).toMatch(new RegExp(`Port ${port} is in use.*PORT=`))
  expect(second.printed()).not.toMatch(/^ +at /m)
})

test('a port that is in use for IPv6 alone is in use, because browsers may ask there first', async () => {
  const other = createServer()
  const listens = await new Promise<boolean>((resolve) =>
    other.once('error', () => resolve(false)).listen(port + 21, '::1', () => resolve(true)),
  )
  test.skip(!listens, 'this machine has no IPv6')
  const second = runExample({ PORT: String(port + 20), DATA_DIR: path.join(folder, 'other') })
  const status = await second.ended
  other.close()
  expect(status).toBe(1)
  expect(second.printed()).toMatch(new RegExp(`Port ${port + 21} is in use.*PORT=`))
})

test('Ctrl-C ends all of it', async () => {
  const before = example.printed()
  pressCtrlC(example)
  await example.ended
  expect(example.printed()).toBe(before)
  expect(processesWith(dataDir)).toEqual([])
  for (const [index, host] of hosts.entries()) expect(await statusOf(host, port + index)).toBe(0)
  expect(existsSync(path.join(dataDir, 'owner.pid'))).toBe(false)
})
