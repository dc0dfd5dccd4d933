import type { cookies, headers } from 'next/headers.js'
import type { SessionEvent } from '../core/events.js'
import type { Session } from '../core/session/session.js'
import type { Store } from '../core/store/store.js'

/**
 * The parts of a request as Next.js gives them. A Server Action and the page that its answer renders have two
 * cookie jars, and the same headers.
 */
export interface RequestParts {
  readonly jar: Awaited<ReturnType<typeof cookies>>
  readonly requestHeaders: Awaited<ReturnType<typeof headers>>
}

/** What the opener and the writer of a session report. */
export interface Notes {
  /**
   * The session that is shown may not be the present one: the store did not answer, or a write was refused.
   */
  readonly doubt: () => void
  /** The session has set its cookies. */
  readonly cookies: () => void
  /** An event about the session that was opened, for the application. */
  readonly event: (event: SessionEvent) => void
}

export type OpenSession = (parts: RequestParts, note: Notes) => Promise<Session>

/**
 * Opens one session for each request, so that the store is asked once however often the request asks for its
 * session. This works in pages, actions and route handlers; React's `cache` works in pages only. The page
 * that an action's answer renders reuses the action's session, unless the action may have changed it in
 * another way.
 */
export class OncePerRequest {
  readonly #opened = new WeakMap<RequestParts['requestHeaders'], Opened>()
  /** How often this process has ended sessions that were not the request's own. */
  #endings = 0

  constructor(
    readonly open: OpenSession,
    readonly tell: (event: SessionEvent) => Promise<void>,
    /** True in `after()`, which has the cookies that the request came with, whatever it has set since. */
    readonly isOver: (requestHeaders: RequestParts['requestHeaders']) => boolean,
  ) {}

  get(parts: RequestParts): Promise<Session> {
    const known = this.#opened.get(parts.requestHeaders)
    if (known !== undefined && (known.jar === parts.jar || known.holds(parts.jar))) {
      known.jar = parts.jar
      return known.session
    }
    if (known !== undefined && this.isOver(parts.requestHeaders)) return known.session
    const opened = this.#begin(parts)
    this.#opened.set(parts.requestHeaders, opened)
    return this.#told(opened)
  }

  async #told({ session, events }: Opened): Promise<Session> {
    const opened = await session
    // The listener may ask for the session, so the session does not wait for the listener.
    for (const event of events) await this.tell(event)
    return opened
  }

  /** The store for whatever ends sessions other than that of the request. That one may be among them. */
  watched(store: Store): Store {
    return { ...store, swap: (changes, thenRead) => this.#counted(store.swap(changes, thenRead)) }
  }

  /** Counts when it is over, because a session that was opened meanwhile may have been read before. */
  #counted<T>(ending: Promise<T>): Promise<T> {
    return ending.finally(() => (this.#endings += 1))
  }

  #begin({ jar, requestHeaders }: RequestParts): Opened {
    const endings = this.#endings
    // What a jar has that nobody can change can be read when somebody asks for it.
    let [own, others] = isSealed(jar) ? [] : [valuesIn(jar, true), valuesIn(jar, false)]
    let isDoubtful = false
    const events: SessionEvent[] = []
    const session = this.open(
      { jar, requestHeaders },
      {
        doubt: () => (isDoubtful = true),
        cookies: () => (own = valuesIn(jar, true)),
        event: (event) => events.push(event),
      },
    )
    const holds: Opened['holds'] = (later) =>
      !isDoubtful &&
      endings === this.#endings &&
      (others ??= valuesIn(jar, false)) === valuesIn(later, false) &&
      (own ??= valuesIn(jar, true)) === valuesIn(later, true)
    return { jar, session, events, holds }
  }
}

interface Opened {
  /** The jar of the present phase. */
  jar: RequestParts['jar']
  readonly session: Promise<Session>
  /** Complete once the session is there. */
  readonly events: readonly SessionEvent[]
  /** Whether the next phase may use this session. */
  readonly holds: (later: RequestParts['jar']) => boolean
}

/**
 * While a page renders, Next.js gives cookies out sealed: `set` and `delete` are then one and the same
 * function, which throws.
 */
export function isSealed({ set, delete: remove }: RequestParts['jar']): boolean {
  return Object.is(set, remove)
}

/**
 * The values of the application's cookies, because consent may be among them, or of the kit's own, because
 * the application may have removed them.
 */
function valuesIn(jar: RequestParts['jar'], own: boolean): string {
  const all = jar.getAll().filter(({ name }) => own === /^__(Host|Host-Http|Secure)-crossdomain/.test(name))
  return JSON.stringify(all.map(({ name, value }) => [name, value]))
}
