import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { browserVariable, launchBrowser } from '../../e2e/harness/browserWorld.js'
import { ensureChromium } from '../../scripts/lib/browsers.mjs'
import { planApp } from '../support/builtApp.js'

// The oldest Next.js and React that the kit supports, installed as a user would, in a folder of their own.
const folder = 'tests/apps/next-15'
const modules = `${folder}/node_modules`
let app: Awaited<ReturnType<typeof planApp>>
let server: Awaited<ReturnType<typeof app.start>>
beforeAll(async () => {
  if (!existsSync(`${modules}/next/package.json`)) {
    // With this option npm copies the kit, so that it finds this Next.js, and checks what it asks for.
    const options = ['ci', '--install-links', '--no-audit', '--no-fund', '--loglevel=error']
    const { status, stderr } = spawnSync('npm', options, { cwd: folder, encoding: 'utf8' })
    if (status !== 0) throw new Error(`npm ci failed\n${stderr}`)
  }
  rmSync(`${modules}/next-crossdomain-session/dist`, { recursive: true, force: true })
  cpSync('dist', `${modules}/next-crossdomain-session/dist`, { recursive: true })
  app = await planApp(folder, { modules })
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
