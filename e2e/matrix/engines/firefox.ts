import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ensureFirefox } from '../../../scripts/lib/browsers.mjs'
import { addressIn, connectBidi, valueIn, type Bidi } from './bidi.js'
import type { Launch, Tab } from './engine.js'

type Preferences = Readonly<Record<string, boolean | number | string>>

/** What keeps a browser from asking questions, and changes nothing about pages and cookies. */
const quiet: Preferences = {
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionPolicyBypassNotification': true,
  // Otherwise the driver sets about a hundred preferences of its own.
  'remote.prefs.recommended': false,
}

/** The category `strict` would allow the cookies again. Firefox too calls this one `custom`. */
const withoutCookies: Preferences = {
  'browser.contentblocking.category': 'custom',
  'network.cookie.cookieBehavior': 2,
}

/**
 * Firefox as people install it, by WebDriver BiDi. Playwright would speak the same protocol, but each of its looks at a page
 * counts as a click of the visitor.
 */
export function launchFirefox(preferences: Preferences): Launch {
  return async (profile, { cookies }) => {
    const set = { ...quiet, ...preferences, ...(!cookies && withoutCookies) }
    const lines = Object.entries(set).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    )
    await writeFile(path.join(profile, 'user.js'), lines.join(''))
    const child = spawn(
      ensureFirefox(),
      ['--profile', profile, '--no-remote', '--headless', '--remote-debugging-port=0'],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    )
    process.once('exit', () => child.kill())
    const bidi = await connectBidi(`${await addressIn(child.stderr)}/session`)
    await bidi.send('session.new', { capabilities: { alwaysMatch: { acceptInsecureCerts: true } } })
    return {
      // A container for each visitor. The default one alone outlives the browser.
      welcome: async () => {
        const { userContext } = await bidi.send('browser.createUserContext', {})
        return {
          newTab: () => openTab(bidi, String(userContext)),
          leave: async () => void (await bidi.send('browser.removeUserContext', { userContext })),
        }
      },
      resident: async () => ({ newTab: () => openTab(bidi, 'default'), leave: async () => {} }),
      close: async () => {
        const gone = once(child, 'exit')
        await bidi.send('browser.close', {})
        await gone
      },
    }
  }
}

/** A tab in the same window would hide the one before, so each has a window of its own. */
async function openTab(bidi: Bidi, userContext: string): Promise<Tab> {
  const { context } = await bidi.send('browsingContext.create', { type: 'window', userContext })
  return tabOf(bidi, String(context))
}

function tabOf(bidi: Bidi, context: string): Tab {
  const act = (id: string, type: string, actions: readonly object[]) =>
    bidi.send('input.performActions', { context, actions: [{ type, id, actions }] })
  const go = async (delta: number) =>
    void (await bidi.send('browsingContext.traverseHistory', { context, delta }))
  return {
    open: async (url) => void (await bidi.send('browsingContext.navigate', { context, url, wait: 'none' })),
    read: async (expression) => {
      const answer = await bidi.send('script.evaluate', {
        expression: `Promise.resolve(${expression}).then((value) => JSON.stringify({ value }))`,
        target: { context },
        awaitPromise: true,
      })
      return valueIn(answer)
    },
    click: async ({ x, y }) => {
      await act('mouse', 'pointer', [
        { type: 'pointerMove', x: Math.round(x), y: Math.round(y) },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ])
    },
    type: async (text) => {
      const keys = Array.from(text).flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ])
      await act('keyboard', 'key', keys)
    },
    back: () => go(-1),
    forward: () => go(1),
    close: async () => void (await bidi.send('browsingContext.close', { context })),
  }
}
