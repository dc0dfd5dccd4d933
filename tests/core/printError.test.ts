import { DrizzleQueryError } from 'drizzle-orm'
import { connect } from 'node:net'
import { beforeEach, expect, test, vi } from 'vitest'
import { defineConfig } from '../../src/core/config.js'
import { CrossDomainError } from '../../src/core/errors/catalogue.js'
import { storeError } from '../../src/core/store/storeCall.js'
import { within } from '../../src/shared/within.js'
import { freePort } from '../../fixtures/server.mjs'
import { primary, secret } from '../support/fakeBrowser.js'

const printed = vi.spyOn(console, 'error').mockImplementation(() => {})
beforeEach(() => printed.mockClear())

/** What the default `onError` prints. */
function report(error: unknown): string {
  defineConfig({ primary, domains: [primary], secret }, {}, () => 0, within).reportError(error)
  return printed.mock.lastCall?.map(String).join(' ') ?? ''
}

const params = ['203.0.113.7', 'Mozilla/5.0 (X11)', 'a-hash-of-a-key', '{"cart":["tea"]}']

test('no address, user agent, hash or data of a visitor is printed with an error of the store', () => {
  const driver = Object.assign(new Error(`invalid input: "${params.join('" "')}"`), { code: '22P02' })
  const text = report(storeError(new DrizzleQueryError('select $1, $2, $3, $4', params, driver)))
  for (const value of params) expect(text).not.toContain(value)
  expect(text).not.toContain('select')
  expect(text).toMatch(/^CDS301: .* by Error 22P02\.\n {4}at /)
})

test('the first line says which server did not answer', async () => {
  const port = await freePort()
  const refused = await new Promise((resolve) => connect(port, '127.0.0.1').once('error', resolve))
  expect(report(storeError(refused)).split('\n')[0]).toContain(`Error ECONNREFUSED 127.0.0.1:${port}.`)
  const several = Object.assign(new AggregateError([refused]), { code: 'ECONNREFUSED' })
  expect(report(storeError(several))).toContain(`by Error ECONNREFUSED 127.0.0.1:${port}.`)
})

test("an error of the application's own code is printed as it is", () => {
  const own = new CrossDomainError('CDS207', undefined, { cause: new Error('cart is not iterable') })
  report(own)
  expect(printed).toHaveBeenLastCalledWith(own)
})
