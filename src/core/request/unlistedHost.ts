import type { Config } from '../config.js'
import type { ConsentRequest } from '../consent.js'
import type { Domains } from '../domains/origin.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { forwardedHost } from './incoming.js'

/**
 * Tells the application, once for each host, that a request has no session because its host is not listed.
 * @param isOwn False for a request that Next.js may have made itself, with a `Host` of its own.
 */
export function noteUnlistedHost(
  config: Config,
  domains: Domains,
  headers: ConsentRequest['headers'],
  { isOwn }: { readonly isOwn: boolean },
): void {
  const host = JSON.stringify(headers.get('host')?.slice(0, 255))
  const forwarded = forwardedHost(headers)
  if (isOwn && !config.trustForwardedHost && domains.byHost(forwarded) !== null)
    config.noteOnce(new CrossDomainError('CDS115', `Host is ${host}, X-Forwarded-Host is "${forwarded}"`))
  else config.noteOnce(new CrossDomainError('CDS114', `it is ${host}; the primary is ${domains.primary}`))
}
