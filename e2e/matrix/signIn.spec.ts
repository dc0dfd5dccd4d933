// Signing in and out, on each domain, as all the others see it.
import { domains, originOf, type Domain } from './shop.js'
import type { ShopTab } from './shopTab.js'
import { expect, test } from './test.js'
import { expectTogether } from './together.js'

/** A guest whom all domains know, with one thing in the cart. */
async function beKnown(tab: ShopTab): Promise<void> {
  await tab.open('primary')
  await tab.addToCart()
  for (const domain of ['secondary', 'another'] as const) {
    await tab.open(domain)
    await tab.expectShown({ cart: 1 })
    await tab.expectAgreement()
  }
}

const next: Readonly<Record<Domain, Domain>> = {
  primary: 'secondary',
  secondary: 'another',
  another: 'primary',
}

for (const domain of domains) {
  test(`a sign-in on the ${domain} is seen on all domains, and so is a sign-out on the ${next[domain]}`, async ({
    tab,
  }) => {
    await beKnown(tab)
    await tab.open(domain)
    await tab.signIn('ada', 1)
    // The next page of a secondary tells the primary.
    if (domain !== 'primary') await tab.openUntilAgreed(domain)
    await expectTogether(tab, { cart: 1, user: 'ada' })
    await tab.open(next[domain])
    await tab.expectShown({ cart: 1, user: 'ada' })
    await tab.signOut()
    if (next[domain] !== 'primary') await tab.openUntilAgreed(next[domain])
    await expectTogether(tab, { cart: 0 })
  })
}

test('who signs in on the primary and goes to a secondary at once is signed in there', async ({ tab }) => {
  await beKnown(tab)
  await tab.open('primary')
  await tab.signIn('ada', 1)
  await tab.open('secondary')
  await tab.expectShown({ cart: 1, user: 'ada' })
  await expectTogether(tab, { cart: 1, user: 'ada' })
})

test('who signs in on a secondary and goes to the primary at once loses nothing', async ({ tab, cell }) => {
  await beKnown(tab)
  await tab.open('secondary')
  await tab.signIn('ada', 1)
  await tab.open('primary')
  // If nobody has told the primary who this is, a guest is there: the cart that both shared is the user's now.
  // A fetch may have told it already.
  const shown = cell.navigates ? ['0, guest'] : ['0, guest', '1, Ada Lovelace']
  await expect(async () => expect(shown).toContain(await tab.shown())).toPass({ timeout: 30_000 })
  await tab.open('secondary')
  await tab.expectAgreement()
  await expectTogether(tab, { cart: 1, user: 'ada' })
})

test('who signs in on a secondary and is sent to the primary is signed in on its first page', async ({
  tab,
}) => {
  await beKnown(tab)
  await tab.open('secondary', '/account')
  await tab.leave(() => tab.click('account-ada'))
  await tab.until(`location.href === ${JSON.stringify(`${originOf('primary')}/account`)}`)
  await tab.expectShown({ cart: 1, user: 'ada' })
  await expectTogether(tab, { cart: 1, user: 'ada' })
})

test('after a sign-out elsewhere, Back shows no page of the user', async ({ tab, newTab }) => {
  await beKnown(tab)
  await tab.open('primary')
  await tab.signIn('ada', 1)
  await tab.open('secondary', '/account')
  await tab.expectShown({ cart: 1, user: 'ada' })
  await tab.open('another', '/cart')
  await tab.expectShown({ cart: 1, user: 'ada' })
  const other = await newTab()
  await other.open('primary')
  await other.signOut()
  await tab.tab.back()
  await tab.until(`location.host === ${JSON.stringify(new URL(originOf('secondary')).host)}`)
  await tab.expectShown({ cart: 0 })
})
