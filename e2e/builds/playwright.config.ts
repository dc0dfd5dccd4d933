import { defineConfig } from '@playwright/test'
import { buildNames } from './builds.js'
import type { BuildOptions } from './test.js'

/** The scenarios of this folder, on every build of `builds.ts`. */
export default defineConfig<object, BuildOptions>({
  testDir: '.',
  outputDir: '../../test-results/builds',
  globalSetup: './globalSetup.ts',
  workers: 1,
  fullyParallel: false,
  retries: process.env['CI'] === undefined ? 0 : 1,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: [
    [process.env['CI'] === undefined ? 'line' : 'list'],
    ['json', { outputFile: '../../test-results/builds.json' }],
  ],
  use: { actionTimeout: 15_000, navigationTimeout: 30_000, trace: 'retain-on-failure' },
  projects: buildNames.map((buildName) => ({
    name: buildName,
    use: { buildName },
    testIgnore: buildName === 'i18n-domains' ? [] : ['locales.spec.ts'],
  })),
})
