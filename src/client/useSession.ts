'use client'

import { useCallback, useSyncExternalStore } from 'react'
import type { Exposed } from '../shared/exposed.js'
import { Snapshot, type Known } from './snapshot.js'

/** What `useSession` returns. */
export interface SessionSnapshot<Shown extends object> {
  /**
   * What the option `expose` returned last. Null on the server, before the first answer, and if every request
   * has failed.
   */
  readonly session: Shown | null
  /** True until the first answer. */
  readonly isLoading: boolean
  /**
   * False until an exchange that is under way can no longer change the first answer. Until then, a guest may
   * turn out to be a user. It stays true from then on.
   */
  readonly isSettled: boolean
  /** Asks again, for example after a Server Action. */
  readonly refresh: () => Promise<void>
}

const snapshots = new Map<string, Snapshot>()
const onServer: Known = { session: null, isLoading: true, isSettled: false }

/**
 * Gives client components what the application exposes of the session, on static pages too. The browser asks
 * its own domain after the page has loaded. It asks again when a link leads to the page, when the visitor
 * comes back to the tab or window, and after an exchange.
 * @typeParam Shown What the option `expose` returns. Default: `exposed` of `Register`, else unknown values.
 * @param options.path The `path` of the options, with your `basePath` before it. Default: `/crossdomain`.
 */
export function useSession<Shown extends object = Exposed<Readonly<Record<string, unknown>>>>(
  options: { readonly path?: string } = {},
): SessionSnapshot<Shown> {
  const { path = '/crossdomain' } = options
  const snapshot = snapshots.get(path) ?? new Snapshot(path)
  snapshots.set(path, snapshot)
  const { session, isLoading, isSettled } = useSyncExternalStore(
    snapshot.subscribe,
    snapshot.read,
    () => onServer,
  )
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `snapshots` keeps it from one render to the next
  const refresh = useCallback(() => snapshot.refresh(), [snapshot])
  return { session: session as Shown | null, isLoading, isSettled, refresh }
}
