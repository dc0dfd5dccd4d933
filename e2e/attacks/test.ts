import { test as base, type Page } from '@playwright/test'
import { turnDatabase } from '../harness/databaseSwitch.js'
import { Attacker } from './attacker.js'
import { Gateway } from './gateway.js'
import { launchVictim, type Engine } from './victim.js'

interface Harness {
  engine: Engine
  /** What the requests of the victim's browser go through. */
  gateway: Gateway
  /** A page of the victim's browser. */
  page: Page
  attacker: Attacker
}

/** Playwright's `test` with two people: one who visits the shop, and one who has a script on the secondary. */
export const test = base.extend<Harness>({
  engine: ['chromium', { option: true }],
  gateway: async ({}, use, info) => {
    // Firefox is slow to start, and each test attacks twice.
    info.setTimeout(240_000)
    const gateway = new Gateway()
    await gateway.listen()
    await use(gateway)
    gateway.close()
    await turnDatabase('pass')
  },
  page: async ({ engine, gateway }, use) => {
    const { page, close } = await launchVictim(engine, gateway.port)
    page.setDefaultTimeout(60_000)
    await use(page)
    await close()
  },
  attacker: async ({ page }, use) => use(new Attacker(await page.evaluate(() => navigator.userAgent))),
})

export { expect } from '@playwright/test'
