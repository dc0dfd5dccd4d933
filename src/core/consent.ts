import type { NowOrLater } from './values/later.js'

/** The part of a request that hooks see; a `NextRequest` fits. */
export interface ConsentRequest {
  readonly headers: { get(name: string): string | null }
  readonly cookies: { get(name: string): { readonly value: string } | undefined }
}

/** What the application's hook says of a request. */
export interface Consent {
  /** A hook that throws has not said yes. */
  mayCreateSession(request: ConsentRequest): Promise<boolean>
  /**
   * True if the hook ran and did not answer `true`, and no other site began the request or has the page in a
   * frame. A hook that throws withdraws nothing.
   */
  hasWithdrawn(request: ConsentRequest): NowOrLater<boolean>
}

/** @param hook `mayCreateSession` of the options. */
export function consentOf(
  hook: ((request: ConsentRequest) => boolean | Promise<boolean>) | undefined,
  reportError: (error: unknown) => void,
): Consent {
  async function ask(request: ConsentRequest): Promise<boolean | null> {
    try {
      return hook === undefined || (await hook(request)) === true
    } catch (error) {
      reportError(error)
      return null
    }
  }
  return {
    mayCreateSession: async (request) => (await ask(request)) === true,
    hasWithdrawn: (request) =>
      hook !== undefined && bringsAllCookies(request) && ask(request).then((answer) => answer === false),
  }
}

/**
 * The cookie that holds the consent may be missing: a request that another site began brings no `Strict`
 * cookies, and one of a page in another site's frame brings no `Lax` ones either.
 */
function bringsAllCookies({ headers }: ConsentRequest): boolean {
  return headers.get('sec-fetch-site') !== 'cross-site' && headers.get('sec-fetch-storage-access') === null
}
