/** Domains of the shop, by the part that they play. */
export const domains = ['primary', 'secondary', 'another'] as const

export type Domain = (typeof domains)[number]

/** Not the ports of the other browser tests, nor of `npm run example`. */
export const firstPort = Number(process.env['E2E_FIRST_PORT'] ?? 3900) + 70
const tlsPort = firstPort + 3

/** Name of the environment variable by which the global set-up tells the tests where the shop's database is. */
export const databaseVariable = 'E2E_MATRIX_DATABASE'

/** Upstreams of the front. */
export const front = {
  port: tlsPort,
  upstreams: Object.fromEntries(domains.map((domain, index) => [`${domain}.localhost`, firstPort + index])),
}

export function originOf(domain: Domain): string {
  return `https://${domain}.localhost:${tlsPort}`
}

export const origins = domains.map(originOf)
