import type { ConsentRequest } from './consent.js'
import { CrossDomainError } from './errors/catalogue.js'
import { checkUserId } from './values/ids.js'
import { parseData, type JsonObject } from './values/json.js'
import type { Within } from './values/later.js'

/** What an old cookie says of its visitor. */
export interface Adopted<Data extends object = object> {
  /** Who is signed in. */
  readonly userId?: string | null | undefined
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
  readonly data: JsonObject
}

/** How long a page waits for it. */
const timeoutMs = 3000

/** Asks the application, and never fails: a visitor whose old cookie cannot be read begins without it. */
export function adoptionOf(
  adopt: Adopt | undefined,
  maxDataBytes: number,
  { within, reportError }: { readonly within: Within; readonly reportError: (error: unknown) => void },
): ((request: ConsentRequest) => Promise<OldSession | null>) | null {
  if (adopt === undefined) return null
  return async (request) => {
    try {
      const found = await within(timeoutMs, Promise.resolve(request).then(adopt))
      if (found === null || found === undefined) return null
      const { userId = null, data = {} } = found
      if (userId !== null) checkUserId(userId)
      return { userId, data: parseData(data, maxDataBytes) }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : undefined
      reportError(new CrossDomainError('CDS120', reason, { cause }))
      return null
    }
  }
}
