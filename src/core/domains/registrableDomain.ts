import { getDomain } from 'tldts'

/**
 * The name under which a host can share cookies, by the public suffix list (https://publicsuffix.org),
 * private suffixes included: `shop.example` for `www.shop.example`, null for `co.uk`, `vercel.app`, an
 * address or localhost.
 */
export function registrableDomain(hostname: string): string | null {
  return getDomain(hostname, { allowPrivateDomains: true })
}
