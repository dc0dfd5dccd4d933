import type { ErrorCode } from './errors/catalogue.js'

/** What happened to a session. Holds no id, cookie, token or data. */
export type SessionEvent =
  | {
      /**
       * - `created`: saved for the first time.
       * - `merged`: an exchange put content of this domain into the session that it shares with the primary;
       *   or the primary's two cookies opened two sessions, which are one now.
       * - `left-out`: the two sessions were too large together, so something of the one that ended is gone.
       * - `replaced`: an exchange gave this domain the primary's session, without content of its own.
       * - `signed-out`: a user's session ended, by `logout`, `destroy` or `destroyAll`, because another
       *   user's session took its place, or because consent was taken back.
       * - `ended`: a guest's session or a program's ended in one of these ways.
       * - `expired`: somebody came back with a session that had expired.
       */
      readonly type:
        | 'created'
        | 'merged'
        | 'left-out'
        | 'replaced'
        | 'signed-in'
        | 'signed-out'
        | 'ended'
        | 'expired'
      /** The origin where it happened; null for what `sessions` did, which belongs to no domain. */
      readonly domain: string | null
      /** As `session.fingerprint`. */
      readonly fingerprint: string
      /** Who is signed in now; for `signed-out`, who was. */
      readonly userId: string | null
    }
  | {
      /** A request of the exchange, of `useSession()` or of `route()`, or a service worker was refused. */
      readonly type: 'refused'
      readonly domain: string | null
      readonly action: string
      readonly code: ErrorCode
    }

/**
 * Called with events. If it returns a promise, the kit waits for it. Its errors are reported and change
 * nothing.
 */
export type EventListener = (event: SessionEvent) => void | Promise<void>
