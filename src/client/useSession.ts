'use client'

import { useCallback, useSyncExternalStore } from 'react'
import { Snapshot, type Known } from './snapshot.js'

/** What `useSession` gives. */
export interface SessionSnapshot<Exposed extends object> {
  /** What the option `expose` showed when it was last asked; null on the server, at first, and where it could not be asked. */
  readonly session: Exposed | null
  /** True until the first answer. */
  readonly isLoading: boolean
  /** Asks again, after a Server Action for example. */
  readonly refresh: () => Promise<void>
}

const snapshots = new Map<string, Snapshot>()
const onServer: Known = { session: null, isLoading: true }

/**
 * What the application exposes of the session, for client components on static pages. Asked from the own domain after the page
 * has loaded; again when it is shown anew by a link, when somebody comes back to its tab or window, and after an exchange.
 * @typeParam Exposed What the option `expose` returns.
 * @param options.path The `path` of the options, with your `basePath` before it. Default: `/crossdomain`.
 */
export function useSession<Exposed extends object>(options: { readonly path?: string } = {}): SessionSnapshot<Exposed> {
  const { path = '/crossdomain' } = options
  const snapshot = snapshots.get(path) ?? new Snapshot(path)
  snapshots.set(path, snapshot)
  const { session, isLoading } = useSyncExternalStore(snapshot.subscribe, snapshot.read, () => onServer)
  const refresh = useCallback(() => snapshot.refresh(), [snapshot])
  return { session: session as Exposed | null, isLoading, refresh }
}
