import { databaseVariable, firstPort, origins } from './shop.js'

/** Starts the shop once for all browsers. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const { buildKit } = await import('../../scripts/setup.mjs')
  const { startShop } = await import('../../scripts/lib/shop.mjs')
  await buildKit()
  const shop = await startShop({
    firstPort,
    origins,
    distDir: '.next-e2e',
    secret: 'a-secret-of-the-browser-tests-and-of-nothing-else',
    say: (text: string) => console.log(`• ${text}`),
  })
  process.env[databaseVariable] = shop.databaseUrl
  shop.onExit((message: string) => console.error(message))
  return () => shop.stop()
}
