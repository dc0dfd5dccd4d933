// The link cookie comes along with requests of other sites, so it counts only if none of them can have made the request.
import { expect, test } from 'vitest'
import { primary, secondary } from '../support/fakeBrowser.js'
import { open } from '../support/visitor.js'

/** A browser whose primary has the link cookie of a signed-in user, and no session cookie. */
async function linkOnly() {
  const { browser } = await open()
  await (await browser.session(secondary)).login('ada')
  await browser.sync(secondary)
  browser.jar(primary).delete('__Host-Http-crossdomain')
  expect([...browser.jar(primary).keys()]).toEqual(['__Host-Http-crossdomain-link'])
  return browser
}

const none = { 'sec-fetch-site': undefined, 'sec-fetch-mode': undefined, origin: undefined }
const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', origin: undefined }
const foreign = 'https://evil.example'

test.each<[string, Record<string, string | undefined>, boolean]>([
  ['a fetch of an own page', {}, true],
  [
    'a page that is opened by a link of another site',
    { ...navigation, 'sec-fetch-site': 'cross-site' },
    true,
  ],
  ['a page that is opened by hand', { ...navigation, 'sec-fetch-site': 'none' }, true],
  ['a form of another site', { ...navigation, 'sec-fetch-site': 'cross-site', origin: foreign }, false],
  ['a form of a sandboxed frame', { ...navigation, 'sec-fetch-site': 'cross-site', origin: 'null' }, false],
  [
    'a form of the same site',
    { ...navigation, 'sec-fetch-site': 'same-site', origin: `${primary}:8443` },
    false,
  ],
  ['a fetch of another site', { 'sec-fetch-site': 'cross-site', origin: foreign }, false],
  ['a fetch of another listed domain', { 'sec-fetch-site': 'cross-site', origin: secondary }, false],
  ['a fetch of the same site', { 'sec-fetch-site': 'same-site', origin: undefined }, false],
  ['a frame', { ...navigation, 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' }, false],
  ['a browser that says nothing', none, false],
])(
  'the link cookie counts on the primary only for a request that no other site can have forged: %s',
  async (_, headers, counts) => {
    const browser = await linkOnly()
    expect((await browser.session(primary, { headers })).userId).toBe(counts ? 'ada' : null)
  },
)
