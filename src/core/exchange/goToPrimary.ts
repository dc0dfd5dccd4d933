import { placeOf } from '../domains/place.js'
import type { Origin } from '../domains/origin.js'
import { issueCookies, newPass, readSessionCookie } from '../request/cookies.js'
import { syncedState } from '../request/agreed.js'
import { networkOf } from '../request/incoming.js'
import { sha256 } from '../values/ids.js'
import { actionUrl, redirect, type Answer, type Asked } from './answer.js'
import { issueClaim, sealingOf, type ClaimContent } from './claim.js'

/**
 * Turns the domain's own cookie into a claim, and goes to the primary with it. Asks no store.
 * @param way Of a navigation: where it ends, and whether that page has yet to be shown.
 */
export async function goToPrimary(
  { config, request, domains }: Asked,
  self: Origin,
  way: Pick<ClaimContent, 'returnTo' | 'beforePage'> = {},
): Promise<Answer> {
  const place = placeOf(config, domains, self)
  const known = await readSessionCookie(config, request.cookies, place)
  const cookie = known ?? {
    ...newPass(),
    iat: Math.floor(config.clock()),
    isOutdated: false,
    transient: undefined,
  }
  const cookies = known === null ? await issueCookies(config, place, cookie) : []
  const synced = syncedState(request.cookies, place)
  const claim: ClaimContent = {
    aud: domains.primary,
    origin: self,
    id: cookie.id,
    keyHash: sha256(cookie.key),
    iat: cookie.iat,
    ...(config.networkPrefix && { network: networkOf(request.headers) }),
    ...(cookie.transient && { transient: true }),
    ...(cookie.isOutdated && { isOutdated: true }),
    ...(synced !== undefined && { synced }),
    ...way,
  }
  const sealed = await issueClaim(sealingOf(config, domains, self), claim, request.headers.get('user-agent'))
  return redirect(actionUrl(config, request, domains.primary, 'check', 'claim', sealed), cookies)
}
