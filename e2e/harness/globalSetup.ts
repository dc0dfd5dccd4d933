import { browserVariable } from './browserWorld.js'

/** Finds the browser and starts the shop once for all tests. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  process.env[browserVariable] ??= await (await import('../../scripts/setup.mjs')).ensureBrowser()
  return async () => {}
}
