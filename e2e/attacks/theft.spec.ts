// Script on one domain tries to take the visitor's session on all domains to another machine. See SECURITY.md.
import type { Page } from '@playwright/test'
import { originOf } from '../harness/shop.js'
import { turnDatabase } from '../harness/databaseSwitch.js'
import type { Attacker } from './attacker.js'
import { uploadedWorker, type Gateway, type GatewayRules } from './gateway.js'
import {
  askWorker,
  dropCookieBomb,
  fetchAddress,
  installWorker,
  pollPopup,
  searchHistory,
  violatePolicy,
} from './script.js'
import { expect, test } from './test.js'
import { engines, visitAsAda, type Engine } from './victim.js'

interface Way {
  readonly way: string
  readonly engines: readonly Engine[]
  readonly transport: 'navigation' | 'fetch'
  /** What takes place in any case. */
  readonly rules?: GatewayRules
  /** Takes away what the kit does against it. */
  readonly before: GatewayRules
  /** @returns The address with a ticket that still works, if script sees one. */
  readonly look: (page: Page, check: string) => Promise<string | null>
}

const bomb = async (page: Page, check: string) => {
  await page.evaluate(dropCookieBomb)
  return page.evaluate(pollPopup, check)
}

const ways: readonly Way[] = [
  {
    way: 'a service worker',
    engines,
    transport: 'navigation',
    before: { hidesWorkers: true, stripsOpenerPolicy: true },
    look: async (page, check) => {
      const isInstalled = await page.evaluate(installWorker, uploadedWorker)
      return isInstalled ? page.evaluate(askWorker, check) : page.evaluate(pollPopup, check)
    },
  },
  {
    // Chromium shows no page of the secondary then.
    way: 'a server that answers 431',
    engines: ['firefox'],
    transport: 'navigation',
    before: { stripsOpenerPolicy: true },
    look: bomb,
  },
  {
    way: 'a gateway with an error page of its own',
    engines,
    transport: 'navigation',
    rules: { errorPage: {} },
    before: { stripsOpenerPolicy: true },
    look: bomb,
  },
  {
    way: 'a fetch while the store is down',
    engines,
    transport: 'fetch',
    rules: { beforeReplace: () => turnDatabase('refuse') },
    before: { opensReplace: true },
    look: (page, check) => page.evaluate(fetchAddress, check),
  },
]

/** @returns Whom the secondary takes the attacker for in the end. */
async function attack(
  { transport, look }: Way,
  rules: GatewayRules,
  page: Page,
  gateway: Gateway,
  attacker: Attacker,
): Promise<string | null> {
  const check = await attacker.begin(transport)
  gateway.rules = rules
  const seen = await look(page, check)
  gateway.rules = {}
  await turnDatabase('pass')
  return seen === null ? null : attacker.redeem(seen, transport)
}

for (const engine of engines) {
  test.describe(engine, () => {
    test.use({ engine })

    for (const way of ways.filter((candidate) => candidate.engines.includes(engine))) {
      test(`script on a secondary takes no session away by ${way.way}`, async ({
        page,
        gateway,
        attacker,
      }) => {
        await visitAsAda(page)
        expect(await attack(way, { ...way.rules }, page, gateway, attacker)).toBeNull()
        // It would without what the kit does against it.
        const before = { ...way.rules, ...way.before }
        expect(await attack(way, before, page, gateway, attacker)).toBe('Ada Lovelace')
      })
    }

    // Firefox shows neither: it goes by what the redirect said of the referrer.
    if (engine === 'firefox') return

    test('the history shows script no ticket if the gateway’s error page says no-referrer', async ({
      page,
      gateway,
      attacker,
    }) => {
      await visitAsAda(page)
      const seenAfterBack = async (errorPage: Readonly<Record<string, string>>) => {
        const check = await attacker.begin('navigation')
        gateway.rules = { errorPage }
        await page.evaluate(dropCookieBomb)
        await page.evaluate((url) => location.assign(url), check)
        await page.waitForURL(/ticket=/)
        await page.goBack()
        gateway.rules = {}
        return page.evaluate(searchHistory)
      }
      expect(await seenAfterBack({ 'Referrer-Policy': 'no-referrer' })).toBeNull()
      expect(await attacker.redeem(gateway.tickets.at(-1) ?? ''), 'the ticket still worked').toBe(
        'Ada Lovelace',
      )
      expect(await seenAfterBack({})).toEqual(gateway.tickets.at(-1))
    })

    test('no report tells script of a ticket that a policy has stopped', async ({
      page,
      gateway,
      attacker,
    }) => {
      await visitAsAda(page)
      const check = await attacker.begin('fetch')
      const told = await page.evaluate(violatePolicy, [check, originOf('primary')] as const)
      expect(told).toContain('claim=')
      expect(told).not.toContain('ticket=')
      expect(await attacker.redeem(gateway.tickets.at(-1) ?? '', 'fetch'), 'the ticket still worked').toBe(
        'Ada Lovelace',
      )
    })
  })
}
