'use client'

import { useCallback, useSyncExternalStore } from 'react'
import type { Exposed } from '../shared/wire.js'
import { Snapshot, type Known } from './snapshot.js'

/** What `useSession` gives. */
export interface SessionSnapshot<Shown extends object> {
  /** What the option `expose` showed when it was last asked; null on the server, at first, and where it could not be asked. */
  readonly session: Shown | null
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
 * @typeParam Shown What the option `expose` returns. Default: `exposed` of `Register`, else values that are unknown.
 * @param options.path The `path` of the options, with your `basePath` before it. Default: `/crossdomain`.
 */
export function useSession<Shown extends object = Exposed<Readonly<Record<string, unknown>>>>(
  options: { readonly path?: string } = {},
): SessionSnapshot<Shown> {
  const { path = '/crossdomain' } = options
  const snapshot = snapshots.get(path) ?? new Snapshot(path)
  snapshots.set(path, snapshot)
  const { session, isLoading } = useSyncExternalStore(snapshot.subscribe, snapshot.read, () => onServer)
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- `snapshots` keeps it from one render to the next
  const refresh = useCallback(() => snapshot.refresh(), [snapshot])
  return { session: session as Shown | null, isLoading, refresh }
}
