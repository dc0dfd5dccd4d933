'use client'

import { useMemo, useSyncExternalStore } from 'react'
import { hear } from './browser.js'
import { readEntry, readSyncCookie, type Agreement } from './agreements.js'

/**
 * Gives a client component what this domain last agreed on with the primary.
 * @returns Null on the server, on the primary, and before the first agreement.
 */
export function useAgreement(): Agreement | null {
  const snapshot = useSyncExternalStore(hear, readAgreement, () => null)
  return useMemo(() => (snapshot === null ? null : (JSON.parse(snapshot) as Agreement)), [snapshot])
}

/** As text, because a snapshot has to stay the same value while nothing changes. */
function readAgreement(): string | null {
  const state = readSyncCookie()?.state
  const entry = state === undefined ? null : readEntry(state)
  if (!entry?.via) return null
  return JSON.stringify({ result: entry.result, via: entry.via, at: entry.at, fingerprint: state })
}
