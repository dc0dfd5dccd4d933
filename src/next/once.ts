import type { cookies, headers } from 'next/headers.js'
import type { Session } from '../core/session.js'
import type { Store } from '../core/store.js'

/** What Next.js gives of a request. An action and the page that its answer renders have two jars, and the same headers. */
export interface RequestParts {
  readonly jar: Awaited<ReturnType<typeof cookies>>
  readonly requestHeaders: Awaited<ReturnType<typeof headers>>
}

/** @param doubt Called when the session that is shown may not be what there is: the store did not answer, or a write of it was refused. */
export type OpenSession = (parts: RequestParts, doubt: () => void) => Promise<Session>

/**
 * Opens one session for each request, so that the store is asked once however often the request asks for its session: in pages, actions and
 * route handlers alike, which React's `cache` is not for. The page that an action's answer renders goes on with the action's session, unless
 * the action may have made another one of it by other ways.
 */
export class OncePerRequest {
  readonly #opened = new WeakMap<RequestParts['requestHeaders'], Opened>()
  /** How often this process has ended sessions that were not the request's own. */
  #endings = 0

  constructor(readonly open: OpenSession) {}

  get(parts: RequestParts): Promise<Session> {
    const known = this.#opened.get(parts.requestHeaders)
    if (known !== undefined && (known.jar === parts.jar || known.holds(parts.jar))) {
      known.jar = parts.jar
      return known.session
    }
    const opened = this.#begin(parts)
    this.#opened.set(parts.requestHeaders, opened)
    return opened.session
  }

  /** The store for those who end other sessions than the request's: that one may be among them. */
  watched(store: Store): Store {
    return new Proxy(store, {
      get: (target, key: keyof Store) => {
        if (key === 'end' || key === 'endUser') this.#endings += 1
        return target[key]
      },
    })
  }

  #begin({ jar, requestHeaders }: RequestParts): Opened {
    const [endings, others] = [this.#endings, otherCookies(jar)]
    let isDoubtful = false
    const session = this.open({ jar, requestHeaders }, () => (isDoubtful = true))
    return { jar, session, holds: (later) => !isDoubtful && endings === this.#endings && others === otherCookies(later) }
  }
}

interface Opened {
  /** That of the present phase. */
  jar: RequestParts['jar']
  readonly session: Promise<Session>
  /** Whether the next phase may go on with it. */
  readonly holds: (later: RequestParts['jar']) => boolean
}

/** Cookies of the application: consent may be among them. */
function otherCookies(jar: RequestParts['jar']): string {
  const others = jar.getAll().filter(({ name }) => !/^__(Host|Secure)-crossdomain/.test(name))
  return JSON.stringify(others.map(({ name, value }) => [name, value]))
}
