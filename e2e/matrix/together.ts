import { domains } from './shop.js'
import type { Shown, ShopTab } from './shopTab.js'

/** One cart, one user, one session on all domains: the end of every scenario. */
export async function expectTogether(tab: ShopTab, shown: Shown): Promise<void> {
  let primary: string | undefined
  for (const domain of domains) {
    await tab.open(domain)
    // A page can show the same before its exchange as after it: an empty cart, say. The fingerprint tells.
    primary ??= await tab.fingerprint()
    await tab.expectFingerprint(primary)
    if (domain !== 'primary') await tab.expectAgreement()
    await tab.expectShown(shown)
  }
}
