import type { Incoming } from '../request/incoming.js'
import { answer, type Answer } from './answer.js'
import type { Claim } from './claim.js'

// What the browser says of the primary's cookies in a fetch; see the table in docs/protocol.md.

/**
 * `all`: a page of the same site, which sends all cookies. Otherwise what `Sec-Fetch-Storage-Access` says.
 */
export type Access = 'all' | 'active' | 'inactive' | 'none' | 'unknown'

export function accessOf(request: Incoming): Access {
  if (request.headers.get('sec-fetch-site') === 'same-site') return 'all'
  const access = request.headers.get('sec-fetch-storage-access')
  return access === 'active' || access === 'inactive' || access === 'none' ? access : 'unknown'
}

/**
 * Asks the browser for the same request once more, with cookies. No script may read it, because the claim
 * still works.
 */
export function activate(claim: Claim): Answer {
  const headers = { 'Activate-Storage-Access': `retry; allowed-origin="${claim.origin}"` }
  return { ...answer({ result: 'navigate' }), status: 401, headers, isUnreadable: true }
}
