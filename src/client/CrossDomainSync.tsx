'use client'

import { useRouter } from 'next/navigation.js'
import { useEffect, useEffectEvent } from 'react'
import { channelName, resultEvent, synchronise, type SyncResult } from './synchronise.js'

export interface CrossDomainSyncProps {
  /** Seconds after which an agreement with the primary is looked at again. Default: 604,800 (one week). */
  readonly throttleSeconds?: number
  /** Told what each exchange came to. */
  readonly onResult?: ((result: SyncResult) => void) | undefined
}

/**
 * Keeps this domain's session the same as the primary's. Goes into the root layout, renders nothing, leaves static pages static,
 * and does nothing on the primary, without cookies, or before a session exists.
 */
export function CrossDomainSync({ throttleSeconds = 604_800, onResult }: CrossDomainSyncProps): null {
  const router = useRouter()
  const tell = useEffectEvent((result: SyncResult) => onResult?.(result))
  useEffect(() => start(throttleSeconds, () => router.refresh(), tell), [throttleSeconds, router])
  return null
}

/** @returns What ends it. */
function start(throttleSeconds: number, refresh: () => void, tell: (result: SyncResult) => void): () => void {
  const channel = new BroadcastChannel(channelName)
  const listening = new AbortController()
  // This page was asked for then. What another tab has agreed on since may not be in it, and was told before it could listen.
  let unheardSince = Date.now() - performance.now()
  let isRunning = false
  let isWanted = false

  const onResult = (result: SyncResult) => {
    if (result.result === 'replaced') {
      if (result.via === 'fetch') refresh()
      if (!listening.signal.aborted) channel.postMessage('')
    }
    dispatchEvent(new Event(resultEvent))
    tell(result)
  }
  const run = async () => {
    isWanted = true
    // Prerendered and background pages wait until somebody looks at them.
    if (isRunning || document.hidden) return
    isRunning = true
    // Strict Mode mounts twice; the first mount is gone by now and does nothing.
    await null
    while (isWanted && !listening.signal.aborted) {
      isWanted = false
      if (await synchronise(throttleSeconds, unheardSince, onResult)) refresh()
      unheardSince = Infinity
    }
    isRunning = false
  }

  channel.onmessage = refresh
  // The sync cookie may have changed: by an action of this page, another tab, or while the page was in the back/forward cache.
  const listen = (target: EventTarget | undefined, type: string) => target?.addEventListener(type, run, listening)
  listen(window, channelName)
  listen(window, 'pageshow')
  listen(document, 'visibilitychange')
  listen((window as { cookieStore?: EventTarget }).cookieStore, 'change')
  void run()
  return () => {
    listening.abort()
    channel.close()
  }
}
