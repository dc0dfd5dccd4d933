// The embedded database: one process owns the PGlite folder (two would lose data without a word) and serves it over Neon's HTTP
// protocol, so that any number of application processes reach it through the same driver as in production.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pgliteRunner, serveNeonHttp } from '../fixtures/neon-gateway.mjs'

/**
 * @param {{ dataDir?: string, port?: number }} options Without `dataDir` the data lives in memory. Port 0 (the default) takes any free one.
 * @returns {Promise<{ url: string, close(): Promise<void> }>} `url` goes into `neonConfig.fetchEndpoint`.
 */
export async function startDatabase({ dataDir, port = 0 } = {}) {
  const { PGlite } = await import('@electric-sql/pglite')
  const unlock = dataDir === undefined ? () => {} : lock(resolve(dataDir))
  let pglite
  try {
    pglite = await PGlite.create(dataDir === undefined ? {} : { dataDir: join(resolve(dataDir), 'postgres') })
    const gateway = await serveNeonHttp({ run: pgliteRunner(pglite), port })
    return {
      url: gateway.url,
      async close() {
        await gateway.close()
        await pglite.close()
        unlock()
      },
    }
  } catch (error) {
    await pglite?.close()
    unlock()
    throw error
  }
}

/** Folders of this very process: in a container, a lock with its own number is mostly one that an earlier container left. */
const held = new Set()

/** Takes the folder for this process. A lock that its owner could not remove is taken over. */
function lock(folder) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'owner.pid')
  for (let attempts = 0; attempts < 2; attempts++) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      held.add(folder)
      return () => {
        held.delete(folder)
        rmSync(file, { force: true })
      }
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const owner = Number(readFileSync(file, 'utf8'))
    if (owner === process.pid ? held.has(folder) : isAlive(owner)) {
      throw new Error(
        `The database in ${folder} is in use by process ${owner}. Stop it where it runs (Ctrl-C), or choose another folder (DATA_DIR). ` +
          // A computer that crashed may have given the number to another program since.
          `If process ${owner} is something else, remove ${file}.`,
      )
    }
    rmSync(file, { force: true })
  }
  throw new Error(`The lock ${file} could not be taken. Remove it if nothing uses the folder.`)
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

// As a program: node scripts/database.mjs [folder] [port]. Prints its URL, and ends when the process that started it is gone.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [dataDir, port] = process.argv.slice(2)
  const database = await startDatabase({ dataDir: dataDir || undefined, port: Number(port ?? 0) }).catch(
    (error) => {
      console.error(error.message)
      process.exit(1)
    },
  )
  console.log(database.url)
  const stop = () => void database.close().then(() => process.exit(0))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  process.once('disconnect', stop)
}
