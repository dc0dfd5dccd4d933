import type { cookies, headers } from 'next/headers.js'
import type { SessionEvent } from '../core/events.js'
import type { Session } from '../core/session/session.js'
import type { Store } from '../core/store/store.js'

/** What Next.js gives of a request. An action and the page that its answer renders have two jars, and the same headers. */
export interface RequestParts {
  readonly jar: Awaited<ReturnType<typeof cookies>>
  readonly requestHeaders: Awaited<ReturnType<typeof headers>>
}

/** What is to be told by whoever opens and writes a session. */
export interface Notes {
  /** The session that is shown may not be what there is: the store did not answer, or a write of it was refused. */
  readonly doubt: () => void
  /** The session has set its cookies. */
  readonly cookies: () => void
  /** What the application is to be told of the session that was opened. */
  readonly event: (event: SessionEvent) => void
}

export type OpenSession = (parts: RequestParts, note: Notes) => Promise<Session>

/**
 * Opens one session for each request, so that the store is asked once however often the request asks for its session: in pages, actions and
 * route handlers alike, which React's `cache` is not for. The page that an action's answer renders goes on with the action's session, unless
 * the action may have made another one of it by other ways.
 */
export class OncePerRequest {
  readonly #opened = new WeakMap<RequestParts['requestHeaders'], Opened>()
  /** How often this process has ended sessions that were not the request's own. */
  #endings = 0

  constructor(
    readonly open: OpenSession,
    readonly tell: (event: SessionEvent) => Promise<void>,
  ) {}

  async get(parts: RequestParts): Promise<Session> {
    const known = this.#opened.get(parts.requestHeaders)
    if (known !== undefined && (known.jar === parts.jar || known.holds(parts.jar))) {
      known.jar = parts.jar
      return known.session
    }
    const opened = this.#begin(parts)
    this.#opened.set(parts.requestHeaders, opened)
    const session = await opened.session
    // Whoever is told may ask for the session, and does not wait for what waits for him.
    for (const event of opened.events) await this.tell(event)
    return session
  }

  /** The store for those who end other sessions than the request's: that one may be among them. */
  watched(store: Store): Store {
    return new Proxy(store, {
      get: (target, key: keyof Store) => {
        if (key === 'end') return (...given: Parameters<Store['end']>) => this.#counted(target.end(...given))
        if (key === 'endUser')
          return (...given: Parameters<Store['endUser']>) => this.#counted(target.endUser(...given))
        return target[key]
      },
    })
  }

  /** Counts when it is over: what was opened meanwhile may have been read before. */
  #counted<T>(ending: Promise<T>): Promise<T> {
    return ending.finally(() => (this.#endings += 1))
  }

  #begin({ jar, requestHeaders }: RequestParts): Opened {
    const [endings, others] = [this.#endings, valuesIn(jar, false)]
    let own = valuesIn(jar, true)
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
      others === valuesIn(later, false) &&
      own === valuesIn(later, true)
    return { jar, session, events, holds }
  }
}

interface Opened {
  /** That of the present phase. */
  jar: RequestParts['jar']
  readonly session: Promise<Session>
  /** Complete when it is there. */
  readonly events: readonly SessionEvent[]
  /** Whether the next phase may go on with it. */
  readonly holds: (later: RequestParts['jar']) => boolean
}

/** Of the application's cookies, among which consent may be, or of the kit's own, which the application may have removed. */
function valuesIn(jar: RequestParts['jar'], own: boolean): string {
  const all = jar.getAll().filter(({ name }) => own === /^__(Host|Secure)-crossdomain/.test(name))
  return JSON.stringify(all.map(({ name, value }) => [name, value]))
}
