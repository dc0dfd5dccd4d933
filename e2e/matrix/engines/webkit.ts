import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { ensureWebKit } from '../../../scripts/lib/browsers.mjs'
import type { Launch, Tab, Visitor } from './engine.js'
import { startSession, type WebDriverSession } from './webDriver.js'

/** No graphics card, no accessibility bus, no session bus: a machine without a screen has none. */
const withoutScreen = {
  WEBKIT_DISABLE_DMABUF_RENDERER: '1',
  LIBGL_ALWAYS_SOFTWARE: '1',
  NO_AT_BRIDGE: '1',
  DBUS_SESSION_BUS_ADDRESS: 'disabled:',
}

/** WebKitGTK, by WebDriver. Each visitor has a browser of their own. While it is driven, it keeps nothing on disk. */
export function launchWebKit(...flags: string[]): Launch {
  return async (_profile, { cookies }) => {
    const { browser, driver, display } = ensureWebKit()
    const screen = spawn(display, ['-displayfd', '3', '-screen', '0', '1366x900x24', '-nolisten', 'tcp'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    })
    const port = await freePort()
    const server = spawn(driver, [`--port=${port}`], {
      env: { ...process.env, ...withoutScreen, DISPLAY: `:${await numberOf(screen)}` },
      stdio: 'ignore',
    })
    const end = () => {
      server.kill()
      screen.kill()
    }
    process.once('exit', end)
    const welcome = async () => {
      const args = ['--automation', ...flags, ...(cookies ? [] : ['--cookies-policy=never'])]
      const session = await startSession(`http://127.0.0.1:${port}`, {
        acceptInsecureCerts: true,
        pageLoadStrategy: 'none',
        'webkitgtk:browserOptions': { binary: browser, args },
      })
      return visitorOf(session)
    }
    return {
      welcome,
      resident: welcome,
      close: async () => {
        process.removeListener('exit', end)
        end()
        await once(screen, 'exit')
      },
    }
  }
}

function visitorOf(session: WebDriverSession): Visitor {
  return {
    newTab: async () => tabOf(session, await session.newWindow()),
    leave: session.end,
  }
}

function tabOf({ send }: WebDriverSession, window: string): Tab {
  const act = async (id: string, type: string, actions: readonly object[]) =>
    void (await send(window, 'POST', '/actions', { actions: [{ type, id, actions }] }))
  return {
    open: async (url) => void (await send(window, 'POST', '/url', { url })),
    read: (expression) => send(window, 'POST', '/execute/sync', { script: `return ${expression}`, args: [] }),
    click: ({ x, y }) =>
      act('mouse', 'pointer', [
        { type: 'pointerMove', duration: 0, x: Math.round(x), y: Math.round(y) },
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ]),
    type: (text) =>
      act(
        'keyboard',
        'key',
        Array.from(text).flatMap((value) => [
          { type: 'keyDown', value },
          { type: 'keyUp', value },
        ]),
      ),
    back: async () => void (await send(window, 'POST', '/back', {})),
    forward: async () => void (await send(window, 'POST', '/forward', {})),
    close: async () => void (await send(window, 'DELETE', '/window')),
  }
}

/** The display says on this pipe which number it took. */
async function numberOf(screen: ChildProcess): Promise<string> {
  const [data] = (await once(screen.stdio[3] ?? screen, 'data')) as unknown[]
  return String(data).trim()
}

/** The driver does not say which port it took, so it is given one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
