/** Domains of the demo shop, by the part that they play. */
export type ShopDomain = 'primary' | 'secondary'

/** Not the ports of `npm run example`, so that both can run at once. Host names differ, because cookies are shared by all ports of one. */
const origins: Readonly<Record<ShopDomain, string>> = {
  primary: 'http://primary.localhost:3900',
  secondary: 'http://secondary.localhost:3901',
}

export function originOf(domain: ShopDomain): string {
  return origins[domain]
}
