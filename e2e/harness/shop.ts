/** Domains of the demo shop, by the part that they play. */
export type ShopDomain = 'primary' | 'secondary' | 'another'

/** Not the ports of `npm run example`, so that both can run at once. Host names differ, because cookies are shared by all ports of one. */
export const firstPort = Number(process.env['E2E_FIRST_PORT'] ?? 3900)

const origins: Readonly<Record<ShopDomain, string>> = {
  primary: `http://primary.localhost:${firstPort}`,
  secondary: `http://secondary.localhost:${firstPort + 1}`,
  another: `http://another.localhost:${firstPort + 2}`,
}

export function originOf(domain: ShopDomain): string {
  return origins[domain]
}
