import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserVariable, launchBrowser } from '../../e2e/harness/browserWorld.js'
import { installNext15 } from '../../fixtures/next15.mjs'
import { ensureChromium } from '../../scripts/lib/browsers.mjs'
import { planApp } from '../support/builtApp.js'

let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
beforeAll(async () => {
  const folder = installNext15()
  app = await planApp(folder, { modules: `${folder}/node_modules` })
  app.build()
  server = await app.start()
  process.env[browserVariable] = await ensureChromium()
}, 400_000)
afterAll(() => server.stop(), 30_000)

describe('with Next.js 15', () => {
  test.each(['third-party allowed', 'third-party blocked'] as const)(
    'both routers and a secondary show the cart of the primary, with cookies %s',
    async (world) => {
      const { context, close } = await launchBrowser(world)
      try {
        const page = await context.newPage()
        const errors: unknown[] = []
        page.on('pageerror', (error) => errors.push(error))
        await page.goto(app.originOf('primary'))
        const isWritten = page.waitForResponse((response) => response.request().method() === 'POST')
        await page.getByRole('button').click()
        await isWritten
        await page.goto(`${app.originOf('primary')}/legacy`)
        await page.getByText('{"userId":null,"cart":["tea"]}').waitFor()
        await page.goto(app.originOf('secondary'))
        await page.getByText('{"userId":null,"cart":["tea"]}').waitFor()
        expect(errors).toEqual([])
      } finally {
        await close()
      }
    },
    90_000,
  )
})
