// `npm run example`: three shops on three domains, from a fresh clone to the browser.
// PORT is the first of their three ports (3000), DATA_DIR the folder of their database and secret (.data).
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { onRightNode } from './lib/rightNode.mjs'
import { buildKit, ensureDependencies, root } from './setup.mjs'

const dataDir = path.resolve(root, process.env.DATA_DIR || '.data')

await onRightNode().catch(({ message }) => {
  console.error(message)
  process.exit(1)
})

let shop
let interrupted = false
const end = async (code) => {
  if (interrupted) return
  interrupted = true
  await shop?.stop()
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0))
// npm passes a SIGTERM on to its shell only; the shell goes, and this process would stay.
if (process.env.npm_lifecycle_event !== undefined) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && void end(0), 500).unref()
}

try {
  if (existsSync(dataDir) && !statSync(dataDir).isDirectory())
    throw new Error(`DATA_DIR is a folder, and ${dataDir} is a file. Choose another one, or leave it out.`)
  await ensureDependencies()
  await buildKit()
  const { startShop } = await import('./lib/shop.mjs')
  shop = await startShop({
    firstPort: firstPort(),
    dataDir,
    distDir: process.env.NEXT_DIST_DIR || '.next',
    secret: demoSecret(),
    say: (text) => console.log(`• ${text}`),
  })
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

  Ctrl-C ends all of it. The data stays in ${path.relative(process.cwd(), dataDir)}; remove that folder to start anew.
`)
} catch (error) {
  // Ctrl-C during a build ends the build as well: the signal comes first.
  await new Promise(setImmediate)
  if (!interrupted) console.error(`\n${error.message}`)
  await end(1)
}

function firstPort() {
  const port = Number(process.env.PORT || 3000)
  if (Number.isInteger(port) && port > 0 && port < 65_534) return port
  throw new Error(
    `PORT is the first of three ports, a number below 65534; it is "${process.env.PORT}". For example: PORT=4000 npm run example`,
  )
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
