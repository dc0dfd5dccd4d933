// Domains that come and go while the servers run.
import { beforeEach, expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, primary, secondary, third } from '../support/fakeBrowser.js'

let list: readonly string[] | Error
let deployment: Deployment
let browser: FakeBrowser

beforeEach(async () => {
  list = [primary, secondary]
  const domains = async () => {
    if (list instanceof Error) throw list
    return list
  }
  deployment = new Deployment(memoryStore(), { domains })
  browser = new FakeBrowser(deployment)
  await browser.visit(primary)
  await (await browser.session(primary)).set('cart', ['a'])
})

test('a domain that is added has sessions and exchanges a minute later', async () => {
  list = [primary, secondary, third]
  deployment.nowSeconds += 59
  await browser.visit(third)
  expect(browser.cookies(third)).toEqual({})
  expect((await browser.sync(third)).result).toEqual({ result: 'error', code: 'CDS403' })
  deployment.nowSeconds += 1
  await browser.visit(third)
  expect((await browser.sync(third)).result).toEqual({ result: 'replaced' })
  expect((await browser.session(third)).data).toEqual({ cart: ['a'] })
})

test('a domain that is removed neither gives nor receives a minute later', async () => {
  await browser.visit(secondary)
  await browser.sync(secondary)
  list = [primary, third]
  deployment.nowSeconds += 59
  expect((await browser.sync(secondary)).result).toEqual({ result: 'use_current' })
  deployment.nowSeconds += 1
  expect((await browser.sync(secondary)).result).toEqual({ result: 'error', code: 'CDS403' })
  browser.jar(secondary).clear()
  await browser.visit(secondary)
  expect(browser.cookies(secondary)).toEqual({})
})

test('a list that cannot be loaded for a while changes nothing for anybody, and is taken up soon after', async () => {
  list = new Error('no table')
  deployment.nowSeconds += 60
  await browser.visit(secondary)
  expect((await browser.sync(secondary)).result).toEqual({ result: 'replaced' })
  expect((await browser.session(secondary)).data).toEqual({ cart: ['a'] })
  expect(deployment.errors).toMatchObject([{ code: 'CDS111' }])
  list = [primary, secondary, third]
  deployment.nowSeconds += 5
  await browser.visit(third)
  expect((await browser.sync(third)).result).toEqual({ result: 'replaced' })
})
