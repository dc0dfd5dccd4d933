import { expect } from '@playwright/test'
import { domains } from './shop.js'
import type { Shown, ShopTab } from './shopTab.js'

/** One cart, one user, one session on all domains: the end of every scenario. */
export async function expectTogether(tab: ShopTab, shown: Shown): Promise<void> {
  const fingerprints = new Map<string, string>()
  for (const domain of domains) {
    await tab.open(domain)
    await tab.expectShown(shown)
    if (domain !== 'primary') await tab.expectAgreement()
    fingerprints.set(domain, await tab.fingerprint())
  }
  const primary = fingerprints.get('primary')
  expect(Object.fromEntries(fingerprints)).toEqual(
    Object.fromEntries(domains.map((domain) => [domain, primary])),
  )
}
