'use client'

import { useRouter } from 'next/navigation.js'
import { useEffect, useRef } from 'react'
import { takeMarker } from './bounce.js'
import { islandName, readSyncCookie } from './agreements.js'
import { synchronise, type SyncResult } from './synchronise.js'

/** How often `<CrossDomainSync/>` checks with the primary, and what it calls with the results. */
export interface CrossDomainSyncProps {
  /** Seconds after which it checks with the primary again; 0 is one second. Default: 604,800 (one week). */
  readonly throttleSeconds?: number
  /** Called with the result of each exchange. */
  readonly onResult?: ((result: SyncResult) => void) | undefined
}

/**
 * Keeps this domain's session the same as the primary's. Put it into the root layout. It renders nothing, and
 * static pages stay static. It does nothing on the primary, or if there is no cookie of the kit.
 */
export function CrossDomainSync({ throttleSeconds = 604_800, onResult }: CrossDomainSyncProps): null {
  const router = useRouter()
  // `useEffectEvent` would say the same, but the React of Next.js 15 does not have it.
  const listener = useRef(onResult)
  useEffect(() => {
    listener.current = onResult
  })
  useEffect(
    () =>
      start(
        throttleSeconds,
        () => router.refresh(),
        (result) => listener.current?.(result),
      ),
    [throttleSeconds, router],
  )
  return null
}

/** @returns A function that stops it. */
function start(throttleSeconds: number, refresh: () => void, tell: (result: SyncResult) => void): () => void {
  const listening = new AbortController()
  let channel: BroadcastChannel | undefined
  let running = Promise.resolve()

  const onResult = (result: SyncResult) => {
    if (result.result === 'replaced' && result.via === 'fetch') refresh()
    channel?.postMessage(result.result)
    tell(result)
  }
  const run = () => {
    // One after the other, and never immediately: Strict Mode mounts twice, and the first mount is gone by
    // then.
    running = running
      .then(async () => {
        // Prerendered and background pages wait until somebody sees them.
        if (document.hidden || listening.signal.aborted) return
        const marker = takeMarker()
        // Without cookies there is no session to agree on, and browsers refuse the channel and the lock.
        if (!readSyncCookie()) return
        const isFirst = !channel
        channel ??= new BroadcastChannel(islandName)
        channel.onmessage = ({ data }) => data === 'replaced' && !listening.signal.aborted && refresh()
        if (await synchronise(throttleSeconds, isFirst, marker, onResult)) refresh()
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
  listen(document, 'visibilitychange')
  listen((window as { cookieStore?: EventTarget }).cookieStore, 'change')
  run()
  return () => listening.abort()
}
