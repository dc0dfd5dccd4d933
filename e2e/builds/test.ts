import { test as base, type Page } from '@playwright/test'
import { launchBrowser } from '../harness/browserWorld.js'
import { ErrorLog } from '../harness/errorLog.js'
import { builds, type BuildName } from './builds.js'
import { runApp, type Domain, type RunningApp } from './runningApp.js'

export interface BuildOptions {
  buildName: BuildName
}

interface WorkerFixtures extends BuildOptions {
  app: RunningApp
}

interface Fixtures {
  world: 'third-party allowed' | 'third-party blocked'
  open: (domain: Domain, path?: string) => Promise<unknown>
}

/** Playwright's `test`, with one application for each build and a new Chromium for each test. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  buildName: ['usual', { option: true, scope: 'worker' }],
  app: [
    async ({ buildName }, use) => {
      const app = await runApp(buildName, builds[buildName])
      await use(app)
      await app.stop()
    },
    { scope: 'worker', timeout: 300_000 },
  ],
  world: ['third-party allowed', { option: true }],
  context: async ({ world }, use) => {
    const { context, close } = await launchBrowser(world)
    const errors = new ErrorLog(context)
    await use(context)
    await close()
    errors.expectNone()
  },
  page: async ({ context }, use) => use(context.pages()[0] ?? (await context.newPage())),
  open: async ({ app, page }, use) => use((domain, path = '/') => open(page, app.baseOf(domain) + path)),
})

/** As from the address bar. A page that is about to leave for an exchange can overtake that; then a person presses Enter again. */
function open(page: Page, url: string): Promise<unknown> {
  return page.goto(url).catch((error: Error) => {
    if (!error.message.includes('ERR_ABORTED')) throw error
    return page.goto(url)
  })
}

export { expect } from '@playwright/test'
