import { chromium, firefox, type Page } from '@playwright/test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { browserVariable, chromiumFlags } from '../harness/browserWorld.js'
import { tellRealGestures } from '../harness/gestures.js'
import { originOf } from '../harness/shop.js'
import { signIn } from '../harness/visitor.js'

export const engines = ['chromium', 'firefox'] as const

export type Engine = (typeof engines)[number]

/** Names of the environment variables by which the global set-up tells the workers where the browsers are. */
export const browserVariables = { chromium: browserVariable, firefox: 'E2E_FIREFOX' } as const

/** The browser of somebody who allows popups and third-party cookies, and whose requests go through a proxy. */
export async function launchVictim(
  engine: Engine,
  proxyPort: number,
): Promise<{ readonly page: Page; readonly close: () => Promise<void> }> {
  const executablePath = process.env[browserVariables[engine]]
  if (executablePath === undefined)
    throw new Error(`${browserVariables[engine]} is not set; the global set-up sets it`)
  return engine === 'chromium'
    ? launchChromium(executablePath, proxyPort)
    : launchFirefox(executablePath, proxyPort)
}

async function launchChromium(executablePath: string, proxyPort: number) {
  const profile = await mkdtemp(path.join(tmpdir(), 'crossdomain-victim-'))
  await mkdir(path.join(profile, 'Default'))
  const preferences = JSON.stringify({ profile: { cookie_controls_mode: 2 } })
  await writeFile(path.join(profile, 'Default', 'Preferences'), preferences)
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    proxy: { server: `http://127.0.0.1:${proxyPort}` },
    args: chromiumFlags.filter((flag) => flag !== '--no-proxy-server'),
  })
  await context.addInitScript(tellRealGestures)
  const close = async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 3 })
  }
  return { page: context.pages()[0] ?? (await context.newPage()), close }
}

async function launchFirefox(executablePath: string, proxyPort: number) {
  const browser = await firefox.launch({
    channel: 'moz-firefox',
    executablePath,
    firefoxUserPrefs: {
      'dom.disable_open_during_load': false,
      'network.cookie.cookieBehavior': 0,
      'network.proxy.type': 1,
      'network.proxy.http': '127.0.0.1',
      'network.proxy.http_port': proxyPort,
      'network.proxy.allow_hijacking_localhost': true,
    },
  })
  const context = await browser.newContext()
  await context.addInitScript(tellRealGestures)
  return { page: await context.newPage(), close: () => browser.close() }
}

/** Signs Ada in on the primary, and shows her a page of the secondary, which knows her too. */
export async function visitAsAda(page: Page): Promise<void> {
  await page.goto(originOf('primary'))
  await signIn(page, 'ada')
  await page.goto(originOf('secondary'))
  await page.getByTestId('user').getByText('Ada Lovelace').waitFor()
  await page.waitForLoadState('load')
}
