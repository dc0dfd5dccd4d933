import { defineConfig } from '@playwright/test'

/** The tests of the demo shop, in real browsers that are told to allow or to block third-party cookies. */
export default defineConfig({
  testDir: '.',
  // These have configurations of their own: every build, and every browser.
  testIgnore: ['builds/**', 'matrix/**'],
  outputDir: '../test-results',
  globalSetup: './harness/globalSetup.ts',
  // One browser at a time: the tests are about what cookies a browser sends when, and share one shop and one store.
  workers: 1,
  fullyParallel: false,
  // CI shares its machine. A test that passes only the second time is named as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 90_000,
  expect: { timeout: 10_000 },
  // `npm test` counts by the JSON.
  reporter: [
    [process.env['CI'] === undefined ? 'line' : 'list'],
    ['json', { outputFile: '../test-results/report.json' }],
  ],
  use: { actionTimeout: 10_000, navigationTimeout: 20_000, trace: 'retain-on-failure' },
})
