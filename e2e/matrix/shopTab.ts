import { expect } from '@playwright/test'
import type { Tab } from './engines/engine.js'
import { originOf, type Domain } from './shop.js'

export type UserId = 'ada' | 'grace'

/** What the header of every page shows of the visitor. */
export interface Shown {
  readonly cart: number
  readonly user?: UserId | undefined
}

const names: Readonly<Record<UserId, string>> = { ada: 'Ada Lovelace', grace: 'Grace Hopper' }

/** A machine that does other things as well can take this long to start a page. */
const patiently = { intervals: [50], timeout: 30_000 }

/** A tab that looks at the shop. What it waits for, it waits for by looking. */
export class ShopTab {
  constructor(readonly tab: Tab) {}

  /** Opens a page as from the address bar, and waits until it is there. */
  async open(domain: Domain, path = '/'): Promise<void> {
    await this.leave(() => this.tab.open(originOf(domain) + path))
  }

  /** Does something after which the tab has another page, and waits until that is there. */
  async leave(how: () => Promise<void>): Promise<void> {
    // An empty tab of WebKit has no script yet.
    await this.tab.read('(window.isOld = true)').catch(() => {})
    await how()
    await this.until(`!window.isOld && document.readyState !== 'loading' && location.href !== 'about:blank'`)
  }

  /** Value of an expression. Asks again while the page is about to be another one. */
  async read(expression: string): Promise<unknown> {
    let value: unknown
    await expect(async () => void (value = await this.tab.read(expression))).toPass(patiently)
    return value
  }

  /** Waits until an expression is true. */
  async until(expression: string): Promise<void> {
    await expect(async () => expect(await this.tab.read(expression), expression).toBe(true)).toPass(patiently)
  }

  async text(testId: string): Promise<string> {
    return String(await this.read(`${find(testId)}?.textContent ?? ''`))
  }

  async click(target: string): Promise<void> {
    let point: unknown
    await expect(async () => expect((point = await this.tab.read(centreOf(target)))).not.toBeNull()).toPass(
      patiently,
    )
    await this.tab.click(point as { readonly x: number; readonly y: number })
  }

  async expectShown({ cart, user }: Shown): Promise<void> {
    const wanted = `${cart}, ${user === undefined ? 'guest' : names[user]}`
    await expect(async () => expect(await this.shown()).toBe(wanted)).toPass(patiently)
  }

  /** Null until the page knows: before that, it shows everybody a guest with an empty cart. */
  async shown(): Promise<unknown> {
    return this.tab.read(
      `${find('cart-count')}?.getAttribute('aria-busy') === 'false'
        ? ${find('cart-count')}.textContent + ', ' + ${find('user')}?.textContent
        : null`,
    )
  }

  async addToCart(before = 0): Promise<void> {
    await this.click('add-to-cart')
    await this.expectShown({ cart: before + 1 })
  }

  async signIn(user: UserId, cart: number): Promise<void> {
    await this.click(`sign-in-${user}`)
    await this.expectShown({ cart, user })
  }

  async signOut(): Promise<void> {
    await this.click('sign-out')
    await this.expectShown({ cart: 0 })
  }

  /**
   * Waits until this secondary has agreed with the primary on its present session. A page that was used does not leave
   * for that: open the next one first. After a navigation, the next page may have to check once more.
   */
  async expectAgreement(): Promise<void> {
    await this.until(agreed)
  }

  /**
   * Opens pages of a secondary until one has agreed. If an answer was lost because its page was left, another cookie may still
   * be on its way for ten seconds. Until then an exchange can be refused (CDS302), and a later page asks again.
   */
  async openUntilAgreed(domain: Domain): Promise<void> {
    await expect(async () => {
      await this.open(domain)
      await expect(async () => expect(await this.tab.read(agreed)).toBe(true)).toPass({
        intervals: [50],
        timeout: 6_000,
      })
    }).toPass({ timeout: 45_000 })
  }

  /** As `expectAgreement`, and no page checks once more. */
  async expectFinalAgreement(): Promise<void> {
    await this.until(agreedIf('entry?.via !== undefined && !entry.again'))
  }

  /** The name of the session that the page shows. */
  async fingerprint(): Promise<string> {
    await this.until(`/^[0-9a-f]{10}$/.test(${find('fingerprint')}?.textContent)`)
    return this.text('fingerprint')
  }

  async expectFingerprint(wanted: string): Promise<void> {
    await expect(async () =>
      expect(await this.tab.read(`${find('fingerprint')}?.textContent`)).toBe(wanted),
    ).toPass(patiently)
  }
}

/** @param condition About `entry`, what the island has noted for the present state. */
function agreedIf(condition: string): string {
  return `(() => {
    const state = /__Host-crossdomain-sync=([\\w-]+)/.exec(document.cookie)?.[1]
    const entry = JSON.parse(localStorage.getItem('crossdomain:' + state))
    return ${condition}
  })()`
}

const agreed = agreedIf(`entry?.via === 'navigation' || (entry?.via === 'fetch' && !entry.again)`)

/** @param target The `data-testid` of an element, or a CSS selector that begins with its kind. */
function find(target: string): string {
  const selector = /^[\w-]+$/.test(target) ? `[data-testid="${target}"]` : target
  return `document.querySelector(${JSON.stringify(selector)})`
}

function centreOf(target: string): string {
  return `(() => {
    const element = ${find(target)}
    if (element === null || element.disabled || document.readyState === 'loading') return null
    element.scrollIntoView({ block: 'center', behavior: 'instant' })
    const { x, y, width, height } = element.getBoundingClientRect()
    return { x: x + width / 2, y: y + height / 2 }
  })()`
}
