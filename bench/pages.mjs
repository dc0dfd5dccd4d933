/**
 * What a session costs a page: CPU per request of the same page without a session, with this kit, with sessions
 * written by hand, and with iron-session. The visitor is signed in and comes back with cookies.
 *
 *     npm run bench:pages [-- --rounds N --requests N]
 *
 * Each round asks every page as often, one page after the other, in an order that changes. A figure is the ratio to
 * the page without a session in the same round; `again` is that very page once more and shows the noise.
 */
import { spawn, spawnSync } from 'node:child_process'
import { Agent, request } from 'node:http'
import { startPostgres } from '../fixtures/postgres.mjs'
import { startRedis } from '../fixtures/redis.mjs'
import { freePort } from '../fixtures/server.mjs'
import { inTurns, optionsFrom, printTable, quantile } from './measure.mjs'

const { rounds, requests } = optionsFrom({ rounds: 100, requests: 50 })
const pages = [
  'plain',
  'again',
  'hand-redis',
  'kit-redis',
  'better-auth-redis',
  'hand-postgres',
  'kit-postgres',
  'better-auth-postgres',
  'better-auth-cookie',
  'next-auth',
  'iron',
]
const next = 'node_modules/next/dist/bin/next'
const app = 'bench/pageCost'

const [postgres, redis, port] = [await startPostgres(), await startRedis(), await freePort()]
const origin = `http://shop.localhost:${port}`
const env = {
  ...process.env,
  NODE_ENV: 'production',
  NEXT_TELEMETRY_DISABLED: '1',
  POSTGRES_URL: postgres.url,
  REDIS_URL: redis.url,
  CROSSDOMAIN_PRIMARY_SERVERNAME: origin,
  CROSSDOMAIN_DOMAINS: `${origin},http://brand.localhost:${port}`,
  CROSSDOMAIN_SECRET: 'a-secret-for-the-benchmark-of-pages',
}
const built = spawnSync(process.execPath, [next, 'build', app], { env, encoding: 'utf8' })
if (built.status !== 0) throw new Error(`${built.stdout}${built.stderr}`)
const server = spawn(process.execPath, [next, 'start', app, '--port', port, '--hostname', '127.0.0.1'], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
})
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

try {
  while ((await ask('/cpu').catch(() => null)) === null) await new Promise((done) => setTimeout(done, 100))
  const cookies = Object.fromEntries(await Promise.all(pages.map(async (page) => [page, await signIn(page)])))
  for (const page of pages) await check(page, cookies[page])
  const used = await inTurns(rounds, pages, (page) => cpuOf(page, cookies[page]))
  const figures = {}
  for (const [index, page] of pages.entries()) {
    const ratios = used[index].map((cpu, round) => cpu / used[0][round])
    const [low, median, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part))
    figures[page] = { '25 %': low, median, '75 %': high }
  }
  printTable(`CPU of a page, in ${rounds} rounds of ${requests} requests`, figures)
} finally {
  agent.destroy()
  server.kill()
  await Promise.all([postgres.stop(), redis.stop()])
}

/** @returns The visitor's cookies, as a browser sends them. */
async function signIn(page) {
  if (page === 'plain' || page === 'again') return ''
  const { cookies } = await ask('/sign-in', { method: 'POST', body: page })
  return cookies.map((line) => line.slice(0, line.indexOf(';'))).join('; ')
}

/** A page that did not find its session would be cheap. */
async function check(page, cookie) {
  const { body } = await ask(`/${page}`, { cookie })
  const wanted = page === 'plain' || page === 'again' ? 'guest' : 'ada'
  if (!body.includes(`<p>${wanted}</p>`)) throw new Error(`/${page} does not show ${wanted}: ${body}`)
}

async function cpuOf(page, cookie) {
  const before = Number((await ask('/cpu')).body)
  for (let asked = 0; asked < requests; asked++) await ask(`/${page}`, { cookie })
  return (Number((await ask('/cpu')).body) - before) / requests
}

function ask(path, { method = 'GET', cookie = '', body = '' } = {}) {
  const headers = { host: new URL(origin).host, 'user-agent': 'Mozilla/5.0', ...(cookie && { cookie }) }
  const page = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, agent, headers: { ...headers, ...page } },
      async (response) => {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += chunk
        resolve({ body: text, cookies: response.headers['set-cookie'] ?? [] })
      },
    )
    sent.once('error', reject).end(body)
  })
}
