import { beforeAll, describe, expect, test } from 'vitest'
import { planApp } from '../support/builtApp.js'

// An application with two mistakes, which `next build` finds both.
describe('next build says', () => {
  let said = ''
  beforeAll(async () => {
    const app = await planApp('tests/apps/clientImport')
    try {
      app.build()
    } catch (error) {
      said = String(error)
    }
  }, 400_000)

  test('which file of an application brings the server part into the browser, and what to do', () => {
    expect(said).toMatch(/CDS119 A client component imports .+ Use \S+\/client [^]+app\/Cart\.tsx/)
  })

  test('that proxy.ts has to export a function of this name', () => {
    expect(said).toMatch(/clientImport\/proxy\.ts\n.*missing expected function export name/)
  })
})
