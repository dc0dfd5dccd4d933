import { errorPages } from '../../shared/errorPages.js'

/**
 * Every error of the kit: a code, one sentence that says what to do, and a page `errors/<code>.md` with cause, fix and example.
 * A code is never reused for another meaning.
 */
const catalogue = {
  // Configuration: thrown when the kit is set up.
  CDS101: 'No secret. Set CROSSDOMAIN_SECRET, or pass `secret`; `openssl rand -base64 32` makes one.',
  CDS102:
    'The secret is too short. Each secret needs at least 32 characters; `openssl rand -base64 32` makes one.',
  CDS103:
    'No primary. Set CROSSDOMAIN_PRIMARY_SERVERNAME, or pass `primary`, for example "https://shop.example".',
  CDS104:
    'No domains. Set CROSSDOMAIN_DOMAINS, or pass `domains`: the origins that share one session, the primary among them.',
  CDS105: 'Not an origin. Write scheme, host and port only, for example "https://shop.example".',
  CDS106: 'Plain http outside localhost. Session cookies need https; use "https://…" for this origin.',
  CDS107: 'The primary is not in the list of domains. Add it to `domains`.',
  CDS108: 'Two origins have the same host. List each host once, with the scheme that visitors use.',
  CDS109:
    'Not a path. `path` starts with one slash and has no query, fragment or trailing slash, for example "/crossdomain".',
  CDS110:
    'Not a usable lifetime or size limit. Each is a whole number above zero; a lifetime is at most 100 years, and idle is not longer than absolute.',
  CDS111:
    'The `domains` function failed or returned something that is not a list of origins. Make it answer one, for example ["https://shop.example"].',
  CDS112:
    'The schema refuses an empty session. Every visitor begins with one: make each key optional, or give it a default.',
  CDS113:
    'The middleware did not run for this page, so a new visitor has no session on it. Export `proxy` from proxy.ts, or `middleware` from middleware.ts, with a matcher that covers the page.',
  // Use: thrown at the call that has to change.
  CDS201:
    'A session cannot be changed while a page renders, or once the answer has begun. Move the call to a Server Action, or to a Route Handler before it returns.',
  CDS202:
    'Session data has to be JSON: objects, arrays, strings without NUL or lone surrogates, finite numbers, booleans, null.',
  CDS203:
    'The session grew over its size limit. Keep large things in a table of your own and their id in the session.',
  CDS204: 'A user id is a string of 1 to 255 characters, without NUL or lone surrogates.',
  CDS205:
    'This host is not in the list of domains, so it has no session to write to. Add its origin to `domains`.',
  CDS206: 'The visitor has not consented to a session, so nothing can be stored. Ask first, then write.',
  CDS207: '`merge` threw, or returned something that is not JSON. Both sessions were left as they were.',
  CDS208:
    'The data does not fit the schema. Nothing was written: store what the schema describes, or change the schema.',
  CDS209:
    'No session has this bearer token: it was never issued, was revoked or has expired. Make a new one with `createApiSession`.',
  CDS210:
    'A session of the API has its user from the start. Only sessions of a browser sign in and out; end this one with `destroy`.',
  CDS211:
    'Not a page of a listed domain. `hrefTo` takes a path of this domain, or a URL of another one of `domains`, and no path of the exchange.',
  // Store: thrown by a write, hidden behind an anonymous session by a read.
  CDS301: 'The session store did not answer, so nothing is known to be written. Try again.',
  CDS302:
    'The session ended while this request ran (signed out, or merged into another). Nothing was written; try again in a new request.',
  CDS303:
    'Others kept changing the session; update() gave up after its last attempt. Nothing was written; try again.',
  CDS304: 'The session tables are missing. Run your migrations, or `ensureSchema(db)` once at deployment.',
  CDS305:
    'A transaction that does not end uses the session tables, so ensureSchema changed nothing. End it, or run ensureSchema again.',
  // Exchange: the `code` of a refused request.
  CDS401: 'No such action. The route answers start, check, replace, ended and session.',
  CDS402: 'Method not allowed for this action.',
  CDS403:
    'This action belongs to another host: check to the primary, start, replace and ended to the other domains.',
  CDS404: 'The Origin of this request is missing, not listed, or not the one that the exchange began on.',
  CDS405: 'The claim is missing or cannot be read.',
  CDS406: 'The claim has expired. A claim lives for 60 seconds.',
  CDS407: 'The claim is for another primary, another domain or another browser.',
  CDS408: 'The ticket is missing or cannot be read.',
  CDS409: 'The ticket has expired. A ticket lives for 60 seconds.',
  CDS410: 'The ticket is for another domain or another browser.',
  CDS411: 'The ticket was redeemed before. A ticket works once.',
  CDS412: 'No session cookie came with this request, so there is nothing to bring together.',
  CDS413: 'Only a document navigation or a fetch of an own page may begin an exchange.',
  CDS414: 'The page to return to is neither a path of this domain nor a page of another listed one.',
  CDS415: 'The visitor has not consented to a session.',
  CDS416: 'The claim was used before. A claim works once.',
  CDS417:
    'The exchange brought no answer of this kit. Both this deployment and the primary have to run, and to export the handlers in app/crossdomain/[action]/route.ts.',
  CDS418: 'The browser is leaving this page to walk the exchange, so the page began none of its own.',
} as const

/** A code of the catalogue, for example `CDS101`. */
export type ErrorCode = keyof typeof catalogue

/**
 * A mistake that a developer can fix, or a store that did not answer.
 * `code` names the page `errors/<code>.md`; `message` never holds a secret, seal or session id.
 */
export class CrossDomainError extends Error {
  override readonly name = 'CrossDomainError'
  readonly code: ErrorCode

  /** @param detail What was wrong in this case, in words that may be shown: a value from the configuration, a limit, a key. */
  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    super(
      `${code}: ${catalogue[code]}${detail === undefined ? '' : ` (${detail})`} See ${errorPages}/${code}.md`,
      options,
    )
    this.code = code
  }
}
