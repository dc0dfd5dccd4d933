'use client'

import { useRouter } from 'next/navigation.js'
import { useEffect, useRef } from 'react'
import { markerPrefix } from '../shared/wire.js'
import { islandName, readSyncCookie } from './agreements.js'
import { synchronise, type Look, type SyncResult } from './synchronise.js'

/**
 * How `<CrossDomainSync/>` brings this domain and the primary together, and what it calls with the results.
 */
export interface CrossDomainSyncProps {
  /** Seconds after which it checks with the primary again; 0 is one second. Default: 604,800 (one week). */
  readonly throttleSeconds?: number
  /**
   * When a page may leave for the exchange, if a fetch is not enough. `auto`: while nobody has used the page,
   * or else with the next link. `links`: with the next link only. `never`: `onResult` gets the result
   * `navigate`, and your code decides. Default: `auto`.
   */
  readonly navigate?: 'auto' | 'links' | 'never'
  /** The `path` of the options, with your `basePath` before it. Default: `/crossdomain`. */
  readonly path?: string
  /** Called with the result of each exchange. */
  readonly onResult?: ((result: SyncResult) => void) | undefined
}

/**
 * Keeps this domain's session the same as the primary's, and gets a cookie for a page that came without one.
 * Put it into the root layout. It renders nothing, and static pages stay static. On the primary, it only gets
 * the missing cookie.
 */
export function CrossDomainSync({
  throttleSeconds = 604_800,
  navigate = 'auto',
  path = '/crossdomain',
  onResult,
}: CrossDomainSyncProps): null {
  const router = useRouter()
  // `useEffectEvent` would say the same, but the React of Next.js 15 does not have it.
  const listener = useRef(onResult)
  useEffect(() => {
    listener.current = onResult
  })
  useEffect(
    () =>
      start({
        throttleSeconds,
        navigate,
        path,
        refresh: () => router.refresh(),
        onResult: (result) => listener.current?.(result),
      }),
    [throttleSeconds, navigate, path, router],
  )
  return null
}

/**
 * Browsers that refuse cookies refuse storage too. Chromium says so only there: `cookieEnabled` stays true.
 */
function keepsStorage(): boolean {
  try {
    return !!localStorage
  } catch {
    return false
  }
}

/** @returns A function that stops it. */
function start(settings: Look): () => void {
  const listening = new AbortController()
  let channel: BroadcastChannel | undefined
  let running = Promise.resolve()

  const onResult = (result: SyncResult) => {
    // First `useSession`, because a refresh takes longer.
    channel?.postMessage(result.result)
    if (result.result === 'replaced' && result.via === 'fetch') settings.refresh()
    settings.onResult(result)
  }
  const look = { ...settings, onResult }
  const run = (event?: Event) => {
    // Out of the back/forward cache: on this domain or another one, the session may have ended meanwhile.
    if ((event as PageTransitionEvent | undefined)?.persisted) settings.refresh()
    // One after the other, and never immediately: Strict Mode mounts twice, and the first mount is gone by
    // then.
    running = running
      .then(async () => {
        // Prerendered and background pages wait until somebody sees them.
        if (document.hidden || listening.signal.aborted) return
        const brought = location.hash.startsWith(markerPrefix)
          ? (await import('./otherwise.js')).takeMarker(look)
          : undefined
        // Without cookies there is no session to agree on, and browsers refuse the channel and the lock. A
        // frame of another site cannot tell whether there are any.
        if (!readSyncCookie() && (top !== self || !keepsStorage())) return
        const isFirst = !channel
        channel ??= new BroadcastChannel(islandName)
        channel.onmessage = ({ data }) =>
          data === 'replaced' && !listening.signal.aborted && settings.refresh()
        await synchronise(look, isFirst, event?.type === islandName, brought)
      })
      // An error of the application's `onResult` is the application's.
      .catch(reportError)
  }

  // The sync cookie may have changed: by an action of this page, by another tab, or while the page was in the
  // back/forward cache.
  const listen = (target: EventTarget | undefined, type: string) =>
    target?.addEventListener(type, run, listening)
  listen(window, islandName)
  listen(window, 'pageshow')
  // Also when a prerendered page is shown.
  listen(document, 'visibilitychange')
  listen((window as { cookieStore?: EventTarget }).cookieStore, 'change')
  run()
  return () => listening.abort()
}
