import type { ErrorCode } from './errors/errors.js'

/** What happened to a session. Holds no id, cookie, token or data. */
export type SessionEvent =
  | {
      /**
       * `created`: first saved. `merged`: an exchange gave this domain the primary's id, with its own content in it. `replaced`: without.
       * `signed-out`: by `logout`, `destroy` or `destroyAll`, by a session of another user in its place, or by consent that was taken back. `ended`: the same of a guest, or of a session of the API. `expired`: somebody came back with a session that had run out.
       */
      readonly type: 'created' | 'merged' | 'replaced' | 'signed-in' | 'signed-out' | 'ended' | 'expired'
      /** Origin where it happened; null for what `sessions` did, which is of no domain. */
      readonly domain: string | null
      /** As `session.fingerprint`. */
      readonly fingerprint: string
      /** Who is signed in now; for `signed-out`, who was. */
      readonly userId: string | null
    }
  | {
      /** A request of the exchange, of `useSession()` or of `route()` that was not answered as asked, with the reason. */
      readonly type: 'refused'
      readonly domain: string | null
      readonly action: string
      readonly code: ErrorCode
    }

/** Told of events. A promise that it returns is waited for; errors are reported and change nothing. */
export type EventListener = (event: SessionEvent) => void | Promise<void>
