import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { sqliteStore } from '../../src/sqlite.js'
import type { RowChange } from '../../src/store.js'
import { testStore } from '../../src/testing.js'

const folder = mkdtempSync(join(tmpdir(), 'crossdomain-sqlite-'))
afterAll(() => rmSync(folder, { recursive: true }))
const newPath = () => join(folder, `${crypto.randomUUID()}.db`)

const row = (id: string, version: number, value: RowChange['value'] = {}): RowChange => {
  return { id, version, userId: null, value, livesMs: 3_600_000 }
}

// Processes of their own, with the built package, as several instances of an application would be.
const worker = (run: string) => [
  '--input-type=module',
  '-e',
  `import { sqliteStore } from 'next-crossdomain-session/sqlite'
  import { runJob } from 'next-crossdomain-session/testing'
  const [path, job] = process.argv.slice(1)
  const store = sqliteStore(path)
  ${run}`,
]
const runs = async (run: string, ...args: readonly string[]) =>
  (await promisify(execFile)(process.execPath, [...worker(run), ...args])).stdout

describe('the SQLite store', () => {
  const path = newPath()
  testStore({
    test: test.concurrent,
    createStore: () => sqliteStore(path),
    otherConnections: () => [sqliteStore(path), sqliteStore(path)],
    startProcess: (job) => runs('console.log(await runJob(store, job))', path, job),
  })
})

describe('a file of SQLite', () => {
  test('is made once when four processes open it at once', async () => {
    const path = newPath()
    const insert = `
      const change = { id: 'one', version: 0, userId: null, value: {}, livesMs: 60_000 }
      console.log((await store.swap([change])).done)`
    const done = await Promise.all(Array.from({ length: 4 }, () => runs(insert, path)))
    expect(done.sort()).toEqual(['false\n', 'false\n', 'false\n', 'true\n'])
  })

  test('has what was acknowledged, and no half of a swap, when its process is killed', async () => {
    const path = newPath()
    const count = `
      for (let version = 0; ; version++) {
        const change = { version, userId: null, value: { version }, livesMs: 60_000 }
        await store.swap([{ ...change, id: 'a' }, { ...change, id: 'b' }])
        process.stdout.write('.')
      }`
    const child = spawn(process.execPath, [...worker(count), path], { stdio: ['ignore', 'pipe', 'inherit'] })
    let acknowledged = 0
    child.stdout.on('data', (dots: Buffer) => {
      acknowledged += dots.length
      if (acknowledged > 50) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const { rows } = await sqliteStore(path).read(['a', 'b'])
    const [a, b] = rows
    expect(rows).toHaveLength(2)
    expect(a?.value).toEqual(b?.value)
    expect([acknowledged, acknowledged + 1]).toContain(a?.version)
  })

  test('that may only be read is read, and refuses to be written', async () => {
    const path = newPath()
    await sqliteStore(path).swap([row('a', 0)])
    const store = sqliteStore(new DatabaseSync(path, { readOnly: true }))
    for (const refused of [store.swap([row('a', 1)]), store.swap([row('b', 0)])])
      await expect(refused).rejects.toThrow('readonly')
    expect((await store.read(['a', 'b'])).rows).toMatchObject([{ id: 'a', version: 1 }])
  })

  test('on a full disk keeps its rows, writes no half of a swap, and later goes on', async () => {
    const db = new DatabaseSync(newPath())
    const store = sqliteStore(db)
    await store.swap([row('a', 0, { kept: true })])
    const pages = Number(db.prepare('pragma page_count').get()?.['page_count'])
    db.exec(`pragma max_page_count = ${pages + 1}`)
    const changes = [row('a', 1), row('b', 0, { large: 'x'.repeat(100_000) })]
    for (let times = 0; times < 2; times++) await expect(store.swap(changes)).rejects.toThrow('full')
    expect((await store.read(['a', 'b'])).rows).toMatchObject([
      { id: 'a', version: 1, value: { kept: true } },
    ])
    db.exec(`pragma max_page_count = ${pages + 1000}`)
    expect((await store.swap(changes)).done).toBe(true)
  })

  test('that another process keeps locked is read, and refuses to be written in the end', async () => {
    const path = newPath()
    const [db, other] = [new DatabaseSync(path), new DatabaseSync(path)]
    const store = sqliteStore(db)
    await store.swap([row('a', 0)])
    db.exec('pragma busy_timeout = 50')
    other.exec('begin immediate')
    await expect(store.swap([row('a', 1)])).rejects.toThrow('locked')
    await expect(store.sweep(10)).rejects.toThrow('locked')
    expect((await store.read(['a'])).rows).toMatchObject([{ version: 1 }])
    other.exec('rollback')
    expect((await store.swap([row('a', 1)])).done).toBe(true)
  })

  test('that is no database is not opened, and stays as it is', () => {
    const path = newPath()
    writeFileSync(path, 'These are my notes. '.repeat(1000))
    expect(() => sqliteStore(path)).toThrow('not a database')
    expect(readFileSync(path, 'utf8')).toBe('These are my notes. '.repeat(1000))
  })

  test('that is damaged rejects, rather than say that a row is not there', async () => {
    const path = newPath()
    const db = new DatabaseSync(path)
    await sqliteStore(db).swap([row('a', 0)])
    db.close()
    const bytes = readFileSync(path)
    writeFileSync(path, bytes.fill(0xff, 2 * 4096))
    const store = sqliteStore(path)
    await expect(store.read(['a'])).rejects.toThrow('malformed')
    await expect(store.swap([row('a', 0)])).rejects.toThrow('malformed')
  })

  test('whose connection is closed rejects', async () => {
    const db = new DatabaseSync(newPath())
    const store = sqliteStore(db)
    db.close()
    for (const call of [store.read(['a']), store.swap([row('a', 0)]), store.listUser('ada'), store.sweep(1)])
      await expect(call).rejects.toThrow()
  })
})
