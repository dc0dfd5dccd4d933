import { browserVariable } from '../harness/browserWorld.js'

/** Finds the browser, and builds the kit. Each worker builds the application of its project. */
export default async function globalSetup(): Promise<void> {
  const { buildKit } = await import('../../scripts/setup.mjs')
  const { ensureChromium } = await import('../../scripts/lib/browsers.mjs')
  process.env[browserVariable] ??= await ensureChromium()
  await buildKit()
}
