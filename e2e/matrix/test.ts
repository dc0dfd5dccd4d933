import { test as base } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { cells, type Cell, type CellName } from './cells.js'
import type { Engine, Visitor } from './engines/engine.js'
import { startFront, type Front } from './front.js'
import { ShopTab } from './shopTab.js'

export interface MatrixOptions {
  cellName: CellName
}

interface WorkerFixtures extends MatrixOptions {
  cell: Cell
  engine: Engine
  front: Front
}

interface Fixtures {
  visitor: Visitor
  /** A tab of a visitor who has never been here. */
  tab: ShopTab
  newTab: () => Promise<ShopTab>
  /** The folder of what `launch` starts. */
  profile: string
  /** Starts another browser of this cell. If the test closes it and starts one more, that has the same profile. */
  launch: (options?: { readonly cookies?: boolean }) => Promise<Engine>
}

/** Playwright's `test`, with one browser for each cell and a new visitor for each test. */
export const test = base.extend<Fixtures, WorkerFixtures>({
  cellName: ['chromium-allowed', { option: true, scope: 'worker' }],
  cell: [async ({ cellName }, use) => use(cells[cellName]), { scope: 'worker' }],
  front: [
    async ({}, use) => {
      const front = await startFront()
      await use(front)
      await front.close()
    },
    { scope: 'worker' },
  ],
  engine: [
    async ({ cell }, use) => {
      const profile = await newProfile()
      const engine = await cell.launch(profile, { cookies: true })
      await use(engine)
      await engine.close()
      await removeProfile(profile)
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  visitor: async ({ engine, front }, use) => {
    const visitor = await engine.welcome()
    front.forget()
    await use(visitor)
    front.release()
    await visitor.leave()
  },
  newTab: async ({ visitor }, use) => use(async () => new ShopTab(await visitor.newTab())),
  tab: async ({ newTab }, use) => use(await newTab()),
  profile: async ({}, use) => {
    const profile = await newProfile()
    await use(profile)
    await removeProfile(profile)
  },
  launch: async ({ cell, profile }, use) => {
    const running = new Set<Engine>()
    await use(async ({ cookies = true } = {}) => {
      const engine = await cell.launch(profile, { cookies })
      running.add(engine)
      const close = async () => {
        running.delete(engine)
        await engine.close()
      }
      return { ...engine, close }
    })
    for (const engine of running) await engine.close()
  },
})

function newProfile(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'crossdomain-matrix-'))
}

async function removeProfile(profile: string): Promise<void> {
  await rm(profile, { recursive: true, force: true, maxRetries: 3 })
}

export { expect } from '@playwright/test'
