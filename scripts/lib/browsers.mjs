// The browsers of the tests. Each is the one that is there, else one that is installed now.
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { root, say, tryApt, tryRun } from '../setup.mjs'

/** @returns {Promise<string>} Path of a Chromium: the one that is there, else Playwright's, else Debian's. */
export async function ensureChromium() {
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const found = firstOf(process.env.CHROMIUM_PATH, ...known) ?? (await playwrightChromium())
  if (found !== undefined) return found
  say("installing a browser (Playwright's Chromium)")
  const cli = path.join(root, 'node_modules', 'playwright', 'cli.js')
  tryRun(process.execPath, [cli, 'install', 'chromium'])
  const downloaded = await playwrightChromium()
  if (downloaded !== undefined) {
    // The libraries that it needs; a desktop has them, a bare container does not.
    tryRun(process.execPath, [cli, 'install-deps', 'chromium'])
    return downloaded
  }
  say('installing a browser (apt-get install chromium), because the download did not work')
  tryApt('chromium')
  const installed = firstOf('/usr/bin/chromium')
  if (installed !== undefined) return installed
  throw new Error(
    'No Chromium. Run `npx playwright install chromium`, or `sudo apt-get install chromium`, or set CHROMIUM_PATH to one.',
  )
}

/**
 * Playwright's own Firefox is a changed one, and this is about what people use.
 * @returns {string} Path of a Firefox: the one that is there, else Debian's.
 */
export function ensureFirefox() {
  const known = [
    '/usr/bin/firefox-esr',
    '/usr/bin/firefox',
    '/Applications/Firefox.app/Contents/MacOS/firefox',
  ]
  const find = () => firstOf(process.env.FIREFOX_PATH, ...known)
  const found = find()
  if (found !== undefined) return found
  say('installing a browser (apt-get install firefox-esr)')
  tryApt('firefox-esr')
  const installed = find()
  if (installed !== undefined) return installed
  throw new Error('No Firefox. Run `sudo apt-get install firefox-esr`, or set FIREFOX_PATH to one.')
}

/**
 * WebKitGTK is the WebKit that a Linux machine can have. Its browser needs a display, so a virtual one comes along.
 * @returns {{ browser: string, driver: string, display: string }} Paths of three programs.
 */
export function ensureWebKit() {
  const packages = ['webkit2gtk-driver', 'libwebkit2gtk-4.1-0', 'xvfb']
  if (findWebKit() === undefined) {
    say(`installing a browser (apt-get install ${packages.join(' ')})`)
    tryApt(...packages)
  }
  const found = findWebKit()
  if (found !== undefined) return found
  throw new Error(`No WebKitGTK. Run \`sudo apt-get install ${packages.join(' ')}\`.`)
}

function findWebKit() {
  // Debian has one folder of libraries for each kind of processor.
  const libraries = existsSync('/usr/lib') ? readdirSync('/usr/lib').map((name) => `/usr/lib/${name}`) : []
  const browser = firstOf(...libraries.map((folder) => `${folder}/webkit2gtk-4.1/MiniBrowser`))
  const driver = firstOf('/usr/bin/WebKitWebDriver')
  const display = firstOf('/usr/bin/Xvfb')
  return browser && driver && display ? { browser, driver, display } : undefined
}

/** @returns The first of these files that exists. */
function firstOf(...files) {
  return files.find((file) => file !== undefined && existsSync(file))
}

async function playwrightChromium() {
  const { chromium } = await import(
    pathToFileURL(path.join(root, 'node_modules', 'playwright', 'index.mjs')).href
  )
  return firstOf(chromium.executablePath())
}
