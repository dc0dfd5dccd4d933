import { browserVariables } from '../attacks/victim.js'
import { startDatabaseSwitch, switchVariable } from './databaseSwitch.js'
import { firstPort } from './shop.js'

/** Finds the browser and starts the shop once for all tests, with a switch in front of its database. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const { buildKit } = await import('../../scripts/setup.mjs')
  const { ensureChromium, ensureFirefox } = await import('../../scripts/lib/browsers.mjs')
  const { startShop } = await import('../../scripts/lib/shop.mjs')
  process.env[browserVariables.chromium] ??= await ensureChromium()
  process.env[browserVariables.firefox] ??= ensureFirefox()
  await buildKit()
  let stopSwitch = async () => {}
  const shop = await startShop({
    firstPort,
    distDir: '.next-e2e',
    secret: 'a-secret-of-the-browser-tests-and-of-nothing-else',
    say: (text: string) => console.log(`• ${text}`),
    environment: async (databaseUrl: string) => {
      const { url, stop } = await startDatabaseSwitch(databaseUrl)
      stopSwitch = stop
      process.env[switchVariable] = url
      return { NEON_FETCH_ENDPOINT: url }
    },
  })
  shop.onExit((message: string) => console.error(message))
  return async () => {
    await shop.stop()
    await stopSwitch()
  }
}
