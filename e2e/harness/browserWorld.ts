import { chromium, type BrowserContext } from '@playwright/test'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { tellRealGestures } from './gestures.js'

/**
 * What a person has chosen in the browser's settings. Google Chrome allows third-party cookies by default, Incognito and
 * Debian's Chromium block them. Flags do not switch this: only the preferences of a profile do.
 */
export type BrowserWorld = 'third-party allowed' | 'third-party blocked' | 'cookies off'

const preferences: Readonly<Record<BrowserWorld, object>> = {
  'third-party allowed': { profile: { cookie_controls_mode: 2 } },
  'third-party blocked': { profile: { cookie_controls_mode: 1 } },
  'cookies off': { profile: { cookie_controls_mode: 1, default_content_setting_values: { cookies: 2 } } },
}

/** What keeps Chromium from asking questions, and lets root start it. */
export const chromiumFlags = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--no-proxy-server'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

/** Name of the environment variable by which the global set-up tells the workers where the browser is. */
export const browserVariable = 'E2E_BROWSER'

/**
 * Starts Chromium with a profile of its own, which goes when `close` is called: no cookie of one test reaches another.
 * @param keepsPages With the back/forward cache. Playwright cannot talk to a page that has come out of it.
 */
export async function launchBrowser(
  world: BrowserWorld,
  keepsPages = false,
): Promise<{ readonly context: BrowserContext; readonly close: () => Promise<void> }> {
  const profile = await mkdtemp(path.join(tmpdir(), 'crossdomain-profile-'))
  await mkdir(path.join(profile, 'Default'))
  await writeFile(path.join(profile, 'Default', 'Preferences'), JSON.stringify(preferences[world]))
  const executablePath = process.env[browserVariable]
  if (executablePath === undefined)
    throw new Error(`${browserVariable} is not set; the global set-up sets it`)
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: chromiumFlags,
    ...(keepsPages && { ignoreDefaultArgs: ['--disable-back-forward-cache'] }),
  })
  await context.addInitScript(tellRealGestures)
  const close = async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 3 })
  }
  return { context, close }
}
