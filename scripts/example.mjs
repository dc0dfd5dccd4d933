// `npm run example`: three shops on three domains, from a fresh clone to the browser.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildKit, ensureDependencies } from './setup.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const dataDir = path.join(root, '.data')

let shop
let interrupted = false
const end = async (code) => {
  if (interrupted) return
  interrupted = true
  await shop?.stop()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0))

try {
  await ensureDependencies()
  await buildKit()
  const { startShop } = await import('./lib/shop.mjs')
  shop = await startShop({ firstPort: Number(process.env.PORT ?? 3000), dataDir, distDir: '.next', secret: demoSecret(), say: (text) => console.log(`• ${text}`) })
  if (interrupted) await shop.stop()
  shop.onExit((message) => {
    console.error(`\n${message}`)
    void end(1)
  })
  const [primary, secondary, another] = shop.origins
  console.log(`
  One visitor, three domains:

    ${primary}
    ${secondary}
    ${another}

  1. Put something into the cart on the first, then open the second: the cart is there.
  2. Sign in on the second, then look at the third: you are signed in there, and the cart came along.
  3. Sign out anywhere, and you are out everywhere. The panel on each page says what happened.

  Ctrl-C ends all of it. The data stays in .data; remove that folder to start anew.
`)
} catch (error) {
  console.error(`\n${error.message}`)
  await end(1)
}

/** Made once and kept, so that a second start of the demo still knows its visitors. */
function demoSecret() {
  const file = path.join(dataDir, 'secret')
  if (!existsSync(file)) {
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 })
  }
  return readFileSync(file, 'utf8').trim()
}
