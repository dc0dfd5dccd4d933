import { vi } from 'vitest'
import type { Look, SyncResult } from '../../src/client/synchronise.js'
import { memoryStore } from '../../src/stores/memory.js'
import { Deployment, FakeBrowser, secondary, type World } from './fakeBrowser.js'
import { FakePage } from './fakePage.js'

const week = 604_800

/** A page of a domain with the island in it. @param told Gets what `onResult` is told. */
export async function openIsland(world: World, told: SyncResult[], options = {}, origin = secondary) {
  const deployment = new Deployment(memoryStore(), options)
  const browser = new FakeBrowser(deployment, world)
  const page = new FakePage(browser, origin)
  page.enter()
  /** The next page of the tab: what scripts knew is gone. */
  const reload = () => {
    vi.resetModules()
    page.enter()
  }
  /** As the component looks. @returns Whether the page was refreshed. */
  const look = async (isFirst = false, throttleSeconds = week, more: Partial<Look> = {}, isTold = false) => {
    const [{ synchronise }, { takeMarker }] = await Promise.all([
      import('../../src/client/synchronise.js'),
      import('../../src/client/otherwise.js'),
    ])
    let isRefreshed = false
    const settings: Look = {
      throttleSeconds,
      navigate: 'auto',
      path: '/crossdomain',
      refresh: () => (isRefreshed = true),
      onResult: (result) => told.push(result),
      ...more,
    }
    const brought = page.href.includes('#crossdomain=') ? takeMarker(settings) : undefined
    await synchronise(settings, isFirst, isTold, brought)
    return isRefreshed
  }
  const later = (seconds: number) => {
    vi.setSystemTime(Date.now() + seconds * 1000)
    deployment.nowSeconds += seconds
  }
  return { deployment, browser, page, look, later, reload }
}
