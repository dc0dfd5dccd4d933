import { errorPages } from '../../shared/errorPages.js'
import type { words } from './words.js'

/**
 * Every error of the kit: its code, and a sentence that says what to do. If a request can meet it, also the
 * HTTP status and the words for a person. 503 passes by itself, 500 is a mistake of the application, and the
 * rest are mistakes of the request. Each has a page `errors/<code>.md`. A code never gets another meaning.
 */
export const catalogue = {
  // Configuration: thrown when the kit is set up.
  CDS101: ['No secret. Set CROSSDOMAIN_SECRET, or pass `secret`; `openssl rand -base64 32` makes one.'],
  CDS102: [
    'The secret is too short. Each needs at least 32 characters; `openssl rand -base64 32` makes one.',
  ],
  CDS103: [
    'No primary. Set CROSSDOMAIN_PRIMARY_SERVERNAME, or pass `primary`, for example ' +
      '"https://shop.example".',
  ],
  CDS104: [
    'No domains. Set CROSSDOMAIN_DOMAINS, or pass `domains`: the origins that share one session, the ' +
      'primary among them.',
  ],
  CDS105: ['Not an origin. Write scheme, host and port only, for example "https://shop.example".'],
  CDS106: ['Plain http outside localhost. Session cookies need https; use "https://…" for this origin.'],
  CDS107: ['The primary is not in the list of domains. Add it to `domains`.'],
  CDS108: [
    'Two origins have the same host name. Browsers keep one cookie for all ports and schemes of a name: list ' +
      'each name once, for example "http://a.localhost:3000" and "http://b.localhost:3000".',
  ],
  CDS109: [
    'Not a path. Write one that starts with one slash and has no query, fragment or trailing slash, for ' +
      'example "/crossdomain".',
  ],
  CDS110: [
    'Not a usable lifetime or size limit. Each is a whole number above zero; a lifetime is at most ' +
      '100 years, and idle is not longer than absolute.',
  ],
  CDS111: [
    'The `domains` function failed or returned something that is not a list of origins. Make it ' +
      'answer one, for example ["https://shop.example"].',
    503,
    'later',
  ],
  CDS112: [
    'The schema refuses an empty session. Every visitor begins with one: make each key optional, or ' +
      'give it a default.',
  ],
  CDS113: [
    'The middleware did not run for this page, so a new visitor has no session on it. Export `proxy` ' +
      'from proxy.ts, or `middleware` from middleware.ts, with a matcher that covers the page.',
  ],
  CDS114: [
    'A request came to a host that is not in the list of domains, so it has no session. Open one of the ' +
      'listed addresses, or add this one to `domains`. `isDomain` has to say yes to it, if you have that.',
  ],
  CDS115: [
    'A proxy passes on the host as `X-Forwarded-Host` only, so no exchange can begin. Let it pass on `Host`, ' +
      'or set `trustForwardedHost`.',
  ],
  CDS116: [
    '`domainSecrets` names an origin that no session belongs to, so its secret is never used. Write the origin ' +
      'as `domains` lists it.',
  ],
  CDS117: ['`isDomain` failed, so its host has no session. Make it answer within 3 seconds.', 503, 'later'],
  CDS118: [
    'No page of this domain asks for the session of the primary, so its visitors have one of their own. Put ' +
      '`<CrossDomainSync />` into the root layout.',
  ],
  CDS119: [
    'A client component imports the server part of the kit. Use next-crossdomain-session/client there.',
  ],
  CDS120: ['`adopt` failed, so a visitor began without the old session. Look at the cause.'],
  // Use: thrown at the call that has to change.
  CDS201: [
    'A session cannot be changed while a page renders, or once the answer has begun. Move the call to a Server ' +
      'Action, or to a Route Handler before it returns. If it is there, `await` is missing before it.',
  ],
  CDS202: [
    'Session data has to be JSON: objects, arrays, strings without NUL or lone surrogates, finite ' +
      'numbers, booleans, null. At most 100 objects and arrays are inside one another.',
    400,
    'wrong',
  ],
  CDS203: [
    'The session grew over its size limit. Keep large things in a table of your own and their id in ' +
      'the session.',
    413,
    'wrong',
  ],
  CDS204: ['A user id is a string of 1 to 255 characters, without NUL or lone surrogates.', 400, 'wrong'],
  CDS205: [
    'This host is not in the list of domains, so it has no session to write to. Add its origin to ' +
      '`domains`.',
    400,
    'wrong',
  ],
  CDS206: [
    'The visitor has not consented to a session, so nothing can be stored. Ask first, then write.',
    403,
    'declined',
  ],
  CDS207: [
    '`merge` threw, or returned something that is not JSON. Both sessions were left as they were.',
    503,
    'later',
  ],
  CDS208: [
    'The data does not fit the schema. Nothing was written: store what the schema describes, or ' +
      'change the schema.',
    422,
    'wrong',
  ],
  CDS209: [
    'No session has this bearer token: it was never issued, was revoked or has expired. Make a new ' +
      'one with `createApiSession`.',
    401,
    'wrong',
  ],
  CDS210: [
    'The session of a bearer token has its user from the start. Only sessions of a browser sign in ' +
      'and out; end this one with `destroy`.',
    403,
    'wrong',
  ],
  CDS211: [
    'Not a page of a listed domain. `hrefTo` takes a path of this domain, or a URL of another one of ' +
      '`domains`, and no path of the exchange.',
    400,
    'wrong',
  ],
  CDS212: [
    'Another site began this request, or has the page in a frame, and the browser kept the cookies back. ' +
      'Nothing was written: answer with a 303 to a GET of your own first, and write there.',
    403,
    'wrong',
  ],
  CDS213: [
    'Nobody looks at this page yet (a prefetch or a prerender) or ever (a bot), so nothing was written. ' +
      'Change the session in a Server Action, or in a handler for POST.',
    403,
    'wrong',
  ],
  CDS214: [
    'No cookies can be read here, so nobody knows whose session this is. In the Pages Router, call ' +
      '`getSession(req, res)`; with any other request, `getSessionOf(request)`; in a test, use `withSession`.',
  ],
  // Store: thrown by a write, hidden behind an anonymous session by a read.
  CDS301: [
    'The session store did not answer. If this was a write, it may not have been made; try again.',
    503,
    'later',
  ],
  CDS302: [
    'Nothing was written: a newer cookie is on its way to this browser, or the session ended ' +
      'meanwhile. Try again in a new request.',
    409,
    'later',
  ],
  CDS303: [
    'Others kept changing the session; update() gave up after its last attempt. Nothing was written; ' +
      'try again.',
    409,
    'later',
  ],
  CDS304: [
    'The session table is missing. Run your migrations, or `ensureTables(client)` once at deployment.',
    503,
    'later',
  ],
  CDS305: [
    'A transaction that does not end uses the session table, so ensureTables changed nothing. End it, ' +
      'or run ensureTables again.',
  ],
  // Exchange: the `code` of a refused request.
  CDS401: ['No such action. The route answers start, check, replace, ended and session.', 404, 'wrong'],
  CDS402: ['Method not allowed for this action.', 405, 'wrong'],
  CDS403: [
    'This action belongs to another domain: check runs on the primary; start, replace and ended run ' +
      'on the others.',
    400,
    'wrong',
  ],
  CDS404: ['The Origin of this request is missing, not listed, or not one that may ask here.', 403, 'wrong'],
  CDS405: ['The claim is missing or cannot be read.', 400, 'expired'],
  CDS406: ['The claim has expired. A claim lives for 60 seconds.', 403, 'expired'],
  CDS407: ['The claim is for another primary, domain, browser or network.', 403, 'expired'],
  CDS408: ['The ticket is missing or cannot be read.', 400, 'expired'],
  CDS409: ['The ticket has expired. A ticket lives for 60 seconds.', 403, 'expired'],
  CDS410: ['The ticket is for another domain, browser or network.', 403, 'expired'],
  CDS411: ['The ticket was redeemed before. A ticket works once.', 403, 'expired'],
  CDS412: [
    'No session cookie came with this request, so there is nothing to bring together.',
    400,
    'expired',
  ],
  CDS413: ['Only a page load or a fetch by a page of this domain may begin an exchange.', 403, 'wrong'],
  CDS414: [
    'The page to return to is neither a path of this domain nor a page of another listed one.',
    400,
    'wrong',
  ],
  CDS415: ['The visitor has not consented to a session.', 403, 'declined'],
  CDS416: ['The claim was used before. A claim works once.', 403, 'expired'],
  CDS417: [
    'The exchange got no answer from this kit. Both this deployment and the primary have to run, and ' +
      'to export the handlers in app/crossdomain/[action]/route.ts.',
  ],
  CDS418: [
    'The browser is already on its way through an exchange, so the page that it left began none.',
    200,
    'later',
  ],
  CDS419: [
    'This service worker is not allowed here, because it could read what the exchange sends. If it is ' +
      'yours, name its path in `serviceWorkers`.',
    403,
    'wrong',
  ],
  CDS420: [
    'Too many exchanges: `mayExchange` did not allow this one. The next page tries again.',
    429,
    'later',
  ],
} as const satisfies Record<string, readonly [string] | readonly [string, number, (keyof typeof words)?]>

/** A code of the catalogue, for example `CDS101`. */
export type ErrorCode = keyof typeof catalogue

/** A code that an answer can have. */
export type AnswerCode = {
  [Code in ErrorCode]: (typeof catalogue)[Code] extends readonly [string] ? never : Code
}[ErrorCode]

/** The HTTP status of an answer with this code. */
export function statusOf(code: AnswerCode): number {
  return catalogue[code][1]
}

export function isAnswerCode(code: ErrorCode): code is AnswerCode {
  return catalogue[code].length > 1
}

/**
 * A mistake that a developer can fix, or a store that did not answer.
 * `code` names the page `errors/<code>.md`; `message` never holds a secret, seal or session id.
 */
export class CrossDomainError extends Error {
  override readonly name = 'CrossDomainError'
  readonly code: ErrorCode

  /**
   * @param detail What was wrong in this case, in words that may be shown, such as a key or a value of the
   *   configuration.
   */
  constructor(code: ErrorCode, detail?: string, options?: { cause?: unknown }) {
    const note = detail === undefined ? '' : ` (${detail})`
    super(`${code}: ${catalogue[code][0]}${note} See ${errorPages}/${code}.md`, options)
    this.code = code
  }
}
