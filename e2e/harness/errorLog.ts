import { expect, type BrowserContext } from '@playwright/test'

/** Errors of all pages of a browser: uncaught ones, and what was written to the console as an error. */
export class ErrorLog {
  readonly #errors: string[] = []
  /** Chromium says this when a Web Lock is granted to a page that has just been left. */
  readonly #expected: RegExp[] = [/The provided callback is no longer runnable/]

  constructor(context: BrowserContext) {
    context.on('console', (message) => {
      if (message.type() === 'error')
        this.#errors.push(`console: ${message.text()} (${message.location().url})`)
    })
    context.on('weberror', (event) => this.#errors.push(`uncaught: ${String(event.error())}`))
  }

  /** Says that errors which match belong to what this test does. */
  allow(pattern: RegExp): void {
    this.#expected.push(pattern)
  }

  expectNone(): void {
    const unexpected = this.#errors.filter((error) => !this.#expected.some((pattern) => pattern.test(error)))
    expect(unexpected, 'errors in the pages').toEqual([])
  }
}
