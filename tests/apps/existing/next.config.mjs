import { readFileSync } from 'node:fs'

const [, documented = ''] = /^Content-Security-Policy: (.*)$/m.exec(readFileSync('docs/csp.md', 'utf8')) ?? []
const primary = process.env.CROSSDOMAIN_PRIMARY_SERVERNAME ?? ''

/** What the page `/cart?policy=…` sends. */
const policies = {
  // Next.js has inline scripts of its own in every page, and this application has no nonces.
  documented: documented
    .replace('https://shop.example', primary)
    .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
  own: "connect-src 'self'",
}

/** @type {import('next').NextConfig} */
export default {
  cacheComponents: true,
  turbopack: { root: process.cwd() },
  headers: async () =>
    Object.entries(policies).map(([name, value]) => ({
      source: '/cart',
      has: [{ type: 'query', key: 'policy', value: name }],
      headers: [{ key: 'Content-Security-Policy', value }],
    })),
}
