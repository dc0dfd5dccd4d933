import { chromium, type BrowserContext, type CDPSession } from '@playwright/test'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ensureChromium } from '../../../scripts/lib/browsers.mjs'
import { chromiumFlags } from '../../harness/browserWorld.js'
import { addressIn, connectBidi } from './bidi.js'
import type { Launch, Tab } from './engine.js'

/** `2` blocks third-party cookies in Incognito only, which is Google Chrome's default; `1` blocks them everywhere. */
type CookieControlsMode = 1 | 2

/** Chromium, by Playwright and the DevTools protocol. */
export function launchChromium(
  mode: CookieControlsMode,
  origins: readonly string[],
  { isPrivate = false } = {},
): Launch {
  return async (profile, { cookies }) => {
    await writePreferences(profile, mode, cookies)
    const context = await chromium.launchPersistentContext(profile, {
      executablePath: await ensureChromium(),
      headless: true,
      ignoreHTTPSErrors: true,
      viewport: null,
      args: [...chromiumFlags, '--ignore-certificate-errors'],
      // Playwright switches it off, and people have it.
      ignoreDefaultArgs: ['--disable-back-forward-cache'],
    })
    // Playwright opens its tabs in the profile, also with `--incognito`. A context of its own is off the record.
    const welcomeInPrivate = async () => {
      const own = await context.browser()?.newContext({ ignoreHTTPSErrors: true, viewport: null })
      if (own === undefined) throw new Error('This browser has no contexts.')
      return { newTab: () => openTab(own), leave: () => own.close() }
    }
    const welcome = async () => {
      const tabs: Tab[] = []
      const newTab = async () => {
        const tab = await openTab(context)
        tabs.push(tab)
        return tab
      }
      const leave = async () => {
        for (const tab of tabs) await tab.close()
        await forget(context, origins)
      }
      return { newTab, leave }
    }
    return {
      welcome: isPrivate ? welcomeInPrivate : welcome,
      resident: isPrivate ? welcomeInPrivate : welcome,
      close: () => context.close(),
    }
  }
}

/** A Chromium that nothing drives. */
export interface Unwatched {
  /** Begins to drive the tab that shows this page by now. */
  readonly look: (url: string) => Promise<Tab['read']>
  readonly close: () => Promise<void>
}

/** Opens a page as a person would. If Chromium is driven, it renders no page beforehand. */
export async function startUnwatched(profile: string, url: string): Promise<Unwatched> {
  // The last one as Playwright has it. Otherwise the profile's cookies could not be read.
  const own = [
    '--headless',
    '--remote-debugging-port=0',
    '--ignore-certificate-errors',
    '--password-store=basic',
  ]
  const child = spawn(await ensureChromium(), [...own, `--user-data-dir=${profile}`, ...chromiumFlags, url], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  process.once('exit', () => child.kill())
  const { host } = new URL(await addressIn(child.stderr))
  return {
    look: async (shown) => {
      const answer = await fetch(`http://${host}/json/list`)
      const targets = (await answer.json()) as {
        readonly url: string
        readonly webSocketDebuggerUrl: string
      }[]
      const target = targets.find((one) => one.url === shown)
      if (target === undefined) throw new Error(`no tab shows ${shown}`)
      const { send } = await connectBidi(target.webSocketDebuggerUrl)
      return async (expression) => {
        const { result } = await send('Runtime.evaluate', { expression, returnByValue: true })
        return (result as { readonly value?: unknown }).value
      }
    },
    close: async () => {
      const gone = once(child, 'exit')
      child.kill()
      await gone
    },
  }
}

/** Only preferences of a profile decide this; flags do not. A profile that was used before keeps its own. */
async function writePreferences(profile: string, mode: CookieControlsMode, cookies: boolean): Promise<void> {
  const file = path.join(profile, 'Default', 'Preferences')
  if (existsSync(file)) return
  await mkdir(path.dirname(file), { recursive: true })
  const settings = cookies ? {} : { default_content_setting_values: { cookies: 2 } }
  await writeFile(file, JSON.stringify({ profile: { cookie_controls_mode: mode, ...settings } }))
}

async function openTab(context: BrowserContext): Promise<Tab> {
  const page = await context.newPage()
  const devTools = await context.newCDPSession(page)
  const read = (expression: string) => evaluate(devTools, expression)
  return {
    // A page that is about to leave for an exchange can overtake the address bar; a person would press Enter again.
    open: async (url) => {
      const go = () => page.goto(url, { waitUntil: 'commit' })
      await go().catch(go)
    },
    read,
    click: ({ x, y }) => page.mouse.click(x, y),
    type: (text) => page.keyboard.type(text),
    back: async () => void (await read('history.back()')),
    forward: async () => void (await read('history.forward()')),
    close: () => page.close(),
  }
}

/** Playwright's own `evaluate` counts as a click of the visitor. */
async function evaluate(devTools: CDPSession, expression: string): Promise<unknown> {
  const { result, exceptionDetails } = await devTools.send('Runtime.evaluate', {
    expression,
    awaitPromise: true,
    returnByValue: true,
    userGesture: false,
  })
  if (exceptionDetails !== undefined)
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
  return result.value as unknown
}

async function forget(context: BrowserContext, origins: readonly string[]): Promise<void> {
  const page = await context.newPage()
  const devTools = await context.newCDPSession(page)
  await devTools.send('Network.clearBrowserCookies')
  await devTools.send('Network.clearBrowserCache')
  for (const origin of origins)
    await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await page.close()
}
