import type { CDPSession, Page } from '@playwright/test'

/**
 * The hand of a visitor above an element of a page that is about to leave. Playwright waits there until the next page
 * has come, and so do questions to the page: only the mouse and the keys get through.
 */
export class Hand {
  private constructor(
    readonly session: CDPSession,
    readonly at: { readonly x: number; readonly y: number },
  ) {}

  /** Call this while the page is not about to leave yet. */
  static async above(page: Page, selector: string): Promise<Hand> {
    const element = page.locator(selector)
    await element.scrollIntoViewIfNeeded()
    const box = await element.boundingBox()
    if (box === null) throw new Error(`${selector} cannot be seen`)
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    return new Hand(await page.context().newCDPSession(page), at)
  }

  async click(): Promise<void> {
    for (const type of ['mousePressed', 'mouseReleased'] as const)
      await this.session.send('Input.dispatchMouseEvent', { type, ...this.at, button: 'left', clickCount: 1 })
  }

  async type(text: string): Promise<void> {
    for (const letter of text)
      for (const type of ['keyDown', 'keyUp'] as const)
        await this.session.send('Input.dispatchKeyEvent', { type, key: letter, text: letter })
  }
}
