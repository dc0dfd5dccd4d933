import { defineConfig } from '@playwright/test'
import { cellNames } from './cells.js'
import type { MatrixOptions } from './test.js'

/** The scenarios of this folder, in every browser and setting of `cells.ts`. */
export default defineConfig<object, MatrixOptions>({
  testDir: '.',
  outputDir: '../../test-results/matrix',
  globalSetup: './globalSetup.ts',
  // One browser at a time: they share one front, which writes down what it is asked for.
  workers: 1,
  fullyParallel: false,
  retries: process.env['CI'] === undefined ? 0 : 1,
  forbidOnly: process.env['CI'] !== undefined,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [
    [process.env['CI'] === undefined ? 'line' : 'list'],
    ['json', { outputFile: '../../test-results/matrix.json' }],
  ],
  projects: cellNames.map((name) => ({ name, use: { cellName: name } })),
})
