/**
 * How long a visitor with a cart waits on a domain that he has never opened, until its page shows that cart: in a real
 * Chromium, over TLS, with time added to each round trip.
 *
 *     npm run bench:convergence [-- --rounds N]
 *
 * `plain` is the same page once more, when both domains have agreed: nothing can be faster. The number of round trips
 * is the slope of a line through the medians (least squares), so what the machine itself needs does not count.
 * `cold`: the browser was restarted, so it has no connection to either domain. `warm`: it has just left the primary.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, mkdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { chromium } from 'playwright'
import { startShop } from '../scripts/lib/shop.mjs'
import { ensureBrowser } from '../scripts/setup.mjs'
import { optionsFrom, printTable, quantile } from './measure.mjs'

const { rounds } = optionsFrom({ rounds: 4 })
const addedMs = [0, 50, 100, 200]
const hosts = ['primary', 'secondary', 'another']
const [shopPort, tlsPort, frontPort] = [4300, 4310, 4320]
const origins = hosts.map((host, index) => `https://${host}.localhost:${frontPort + index}`)

/** By the setting in the profile: Google Chrome's default, and Incognito. */
const modes = { fetch: 2, navigation: 1 }

const folder = mkdtempSync(path.join(tmpdir(), 'crossdomain-bench-'))
const executablePath = await ensureBrowser()
let roundTripMs = 0
const stopFronts = startFronts()
let shop
try {
  shop = await startShop({
    firstPort: shopPort,
    distDir: '.next-bench',
    secret: 'a-secret-for-the-benchmark-of-exchanges',
    environment: async () => ({
      CROSSDOMAIN_PRIMARY_SERVERNAME: origins[0],
      CROSSDOMAIN_DOMAINS: origins.join(','),
    }),
  })
  const lines = {}
  for (const mode of Object.keys(modes))
    for (const start of ['cold', 'warm']) {
      const times = { waited: [], plain: [] }
      for (const added of addedMs) {
        roundTripMs = added
        const seen = []
        for (let round = 0; round < rounds; round++) seen.push(await visit(mode, start === 'cold'))
        for (const what of ['waited', 'plain'])
          times[what].push(
            quantile(
              seen.map((one) => one[what]),
              0.5,
            ),
          )
      }
      for (const [what, medians] of Object.entries(times)) {
        const byTime = Object.fromEntries(addedMs.map((added, index) => [`+${added} ms`, medians[index]]))
        lines[`${mode}, ${start}${what === 'plain' ? ', plain' : ''}`] = {
          ...byTime,
          'round trips': slope(medians),
        }
      }
    }
  printTable(`Milliseconds until the page shows the cart, medians of ${rounds}`, lines)
} finally {
  await shop?.stop()
  stopFronts()
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

async function visit(mode, isCold) {
  const profile = mkdtempSync(path.join(folder, 'profile-'))
  mkdirSync(path.join(profile, 'Default'))
  const preferences = { profile: { cookie_controls_mode: modes[mode] } }
  writeFileSync(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences))
  let browser = await launch(profile)
  const first = await browser.newPage()
  await first.goto(origins[0])
  await first.getByTestId('add-to-cart').click()
  await first.getByTestId('cart-count').filter({ hasText: '1' }).waitFor()
  if (isCold) {
    await browser.close()
    browser = await launch(profile)
  }
  const waited = await timeOf(browser)
  const plain = await timeOf(browser)
  await browser.close()
  return { waited, plain }
}

function launch(profile) {
  return chromium.launchPersistentContext(profile, {
    executablePath,
    ignoreHTTPSErrors: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server'].concat([
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]),
  })
}

/** @returns Milliseconds from the start of the first document until a document shows one item in the cart. */
async function timeOf(browser) {
  const page = await browser.newPage()
  const shown = Promise.withResolvers()
  await page.exposeBinding('tellShown', (_, ms) => shown.resolve(ms))
  await page.addInitScript(() => {
    sessionStorage.began ??= performance.timeOrigin
    const look = () => {
      if (document.querySelector('[data-testid=cart-count]')?.textContent !== '1') return
      seen.disconnect()
      window.tellShown(performance.timeOrigin + performance.now() - sessionStorage.began)
    }
    const seen = new MutationObserver(look)
    seen.observe(document, { subtree: true, childList: true, characterData: true })
  })
  await page.goto(origins[1], { waitUntil: 'commit' })
  const ms = await shown.promise
  await page.close()
  return ms
}

/** One front for each host: TLS, and in front of it the way there and back, which takes `roundTripMs`. */
function startFronts() {
  const [keyFile, certificateFile] = ['key.pem', 'certificate.pem'].map((name) => path.join(folder, name))
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-keyout', keyFile, '-out', certificateFile, '-subj', '/CN=localhost'],
    ...['-addext', 'subjectAltName=DNS:*.localhost'],
  ])
  const keys = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) }
  const servers = hosts.flatMap((_, index) => [
    tls
      .createServer(keys, (socket) => join(socket, net.connect(shopPort + index, '127.0.0.1')))
      .listen(tlsPort + index, '127.0.0.1'),
    net.createServer((socket) => delayed(socket, tlsPort + index)).listen(frontPort + index, '127.0.0.1'),
  ])
  return () => servers.forEach((server) => server.close())
}

function delayed(client, port) {
  const server = net.connect(port, '127.0.0.1')
  // The operating system has accepted at once. On the network, that would have been a round trip.
  carry(client, server, roundTripMs)
  carry(server, client, 0)
}

function carry(from, to, firstMs) {
  let notBefore = performance.now() + firstMs
  const later = (deed) => {
    notBefore = Math.max(notBefore, performance.now() + roundTripMs / 2)
    setTimeout(() => deed(), notBefore - performance.now())
  }
  from.setNoDelay(true).on('error', () => to.destroy())
  from.on('data', (bytes) => later(() => to.write(bytes)))
  from.on('end', () => later(() => to.end()))
}

function join(one, other) {
  one.setNoDelay(true).pipe(other.setNoDelay(true)).pipe(one)
  for (const socket of [one, other]) socket.on('error', () => [one, other].forEach((each) => each.destroy()))
}

function slope(medians) {
  const mean = (numbers) => numbers.reduce((sum, number) => sum + number) / numbers.length
  const [x, y] = [mean(addedMs), mean(medians)]
  const over = addedMs.map((added, index) => (added - x) * (medians[index] - y))
  return mean(over) / mean(addedMs.map((added) => (added - x) ** 2))
}
