import type { ConsentRequest } from './consent.js'
import { refuseFlashKeys } from './data/flash.js'
import { CrossDomainError } from './errors/catalogue.js'
import { checkUserId } from './values/ids.js'
import { parseData, type JsonObject } from './values/json.js'
import type { Within } from './values/later.js'

/** What an old cookie says of its visitor. */
export interface Adopted<Data extends object = object> {
  /** Who is signed in. */
  readonly userId?: string | null | undefined
  /** False: the sign-in ends when the browser closes, as with `login`. Default: true. */
  readonly remember?: boolean | undefined
  /** What the session is to hold, as JSON. */
  readonly data?: Data | undefined
}

/** Reads the cookie that the application used before this kit. */
export type Adopt<Data extends object = object> = (
  request: ConsentRequest,
) => Adopted<Data> | null | undefined | Promise<Adopted<Data> | null | undefined>

/** The same, checked. */
export interface OldSession {
  readonly userId: string | null
  readonly remembered: boolean
  readonly data: JsonObject
}

/** How long a page waits for it. */
const timeoutMs = 3000

/**
 * Asks the application, and never throws: a visitor whose old cookie cannot be read now is shown without it.
 */
export function adoptionOf(
  adopt: Adopt | undefined,
  maxDataBytes: number,
  { within, reportError }: { readonly within: Within; readonly reportError: (error: unknown) => void },
): ((request: ConsentRequest) => Promise<OldSession | 'failed' | null>) | null {
  if (adopt === undefined) return null
  return async (request) => {
    try {
      const found = await within(timeoutMs, Promise.resolve(request).then(adopt))
      if (found === null || found === undefined) return null
      if (typeof found !== 'object' || Array.isArray(found)) throw new Error(`it returned a ${typeof found}`)
      const { userId = null, remember = true, data = {} } = found
      if (userId !== null) checkUserId(userId)
      refuseFlashKeys(Object.keys(data))
      // There is nothing to go on from, so nothing is written.
      if (userId === null && Object.keys(data).length === 0) return null
      return { userId, remembered: userId === null || remember, data: parseData(data, maxDataBytes) }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : undefined
      reportError(new CrossDomainError('CDS120', reason, { cause }))
      return 'failed'
    }
  }
}
