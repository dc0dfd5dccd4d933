import { launchChromium } from './engines/chromium.js'
import type { Launch } from './engines/engine.js'
import { launchFirefox } from './engines/firefox.js'
import { launchWebKit } from './engines/webkit.js'
import { origins } from './shop.js'

/** One engine with one setting of it. */
export interface Cell {
  readonly launch: Launch
  /** A restart leaves nothing: a private window, and WebKit while it is driven. */
  readonly isPrivate?: true
  /** Domains meet by a navigation, and not by a fetch. */
  readonly navigates?: true
}

const strict = {
  'browser.contentblocking.category': 'strict',
  'network.http.referer.disallowCrossSiteRelaxingDefault.top_navigation': true,
  'privacy.bounceTrackingProtection.mode': 1,
  'privacy.fingerprintingProtection': true,
  'privacy.query_stripping.enabled': true,
  'privacy.trackingprotection.enabled': true,
}

/** Every browser and setting that the README speaks of. */
export const cells = {
  'chromium-allowed': { launch: launchChromium(2, origins) },
  'chromium-blocked': { launch: launchChromium(1, origins), navigates: true },
  'chromium-incognito': {
    launch: launchChromium(1, origins, { isPrivate: true }),
    isPrivate: true,
    navigates: true,
  },
  'firefox-default': { launch: launchFirefox({}), navigates: true },
  'firefox-strict': { launch: launchFirefox(strict), navigates: true },
  'firefox-allowed': { launch: launchFirefox({ 'network.cookie.cookieBehavior': 0 }), navigates: true },
  'firefox-private': {
    launch: launchFirefox({ 'browser.privatebrowsing.autostart': true }),
    isPrivate: true,
    navigates: true,
  },
  'webkit-default': { launch: launchWebKit(), isPrivate: true, navigates: true },
  'webkit-itp': { launch: launchWebKit('--enable-itp'), isPrivate: true, navigates: true },
} satisfies Readonly<Record<string, Cell>>

export type CellName = keyof typeof cells

export const cellNames = Object.keys(cells).filter(isCellName)

function isCellName(name: string): name is CellName {
  return Object.hasOwn(cells, name)
}
