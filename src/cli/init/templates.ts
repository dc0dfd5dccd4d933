import type { StoreChoice } from './stores.js'

/** The content of `session.ts`. */
export function sessionFile(
  domains: readonly string[],
  primary: string,
  store: StoreChoice,
  isTypeScript: boolean,
): string {
  const list = (origins: readonly string[]) => origins.map((origin) => `      '${origin}',`).join('\n')
  const local = localNames(domains)
  const data = isTypeScript ? '<SessionData>' : ''
  return `${["import { createCrossDomainSession } from 'next-crossdomain-session'", ...store.imports].toSorted().join('\n')}
${isTypeScript ? '\n/** What a session holds. */\nexport interface SessionData {\n  cart: string[]\n}\n' : ''}
// In development, open these addresses, and not localhost:3000. They need no hosts file and no certificate.
const isDevelopment = process.env.NODE_ENV === 'development'
const domains = isDevelopment
  ? [
${list(local)}
    ]
  : [
${list(domains)}
    ]
${store.setup.length === 0 ? '' : `\n${store.setup.join('\n')}\n`}
export const { getSession, handlers, middleware, proxy } = createCrossDomainSession${data}({
  primary: domains[${domains.indexOf(primary)}],
  domains,
  secret: process.env.CROSSDOMAIN_SECRET,
  store: ${store.store},
})
`
}

/**
 * Names of a development machine: the first part of each, or all of it if that is not enough to tell them
 * apart.
 */
export function localNames(domains: readonly string[]): string[] {
  const hosts = domains.map((origin) => new URL(origin).hostname.replace(/^www\./, '').split('.'))
  const short = hosts.map((parts) => parts.slice(0, -1).join('-') || parts.join('-'))
  const names = new Set(short).size === short.length ? short : hosts.map((parts) => parts.join('-'))
  return names.map((name) => `http://${name}.localhost:3000`)
}

/** The content of `proxy.ts`, or of `middleware.ts` for a Next.js that has no `proxy.ts` yet. */
export function middlewareFile(name: 'proxy' | 'middleware', routePath = 'crossdomain/'): string {
  return `export { ${name} } from './session'

// Next.js wants it literally here.
export const config = {${name === 'middleware' ? "\n  runtime: 'nodejs'," : ''}
  matcher: [
    {
      source: '/((?!_next/|${routePath}|.*\\\\..*).*)',
      missing: [
        { type: 'cookie', key: '__Host-Http-crossdomain' },
        { type: 'header', key: 'next-router-prefetch' },
        { type: 'header', key: 'sec-purpose' },
        { type: 'header', key: 'purpose', value: 'prefetch' },
      ],
    },
    { source: '/:path*', has: [{ type: 'header', key: 'service-worker' }] },
  ],
}
`
}

/** The content of `app/crossdomain/[action]/route.ts`. */
export const routeFile = `import { handlers } from '../../../session'

export const { GET, POST, OPTIONS } = handlers
`

/** @returns The root layout with the island in it, or null if it is not clear where it belongs. */
export function layoutWithIsland(text: string): string | null {
  const [before, after, ...more] = text.split('{children}')
  if (before === undefined || after === undefined || more.length > 0) return null
  const indent = /\n([ \t]*)$/.exec(before)?.[1]
  const island = indent === undefined ? '<CrossDomainSync />' : `<CrossDomainSync />\n${indent}`
  const line = "import { CrossDomainSync } from 'next-crossdomain-session/client'\n"
  const at = /^import\b/m.exec(before)?.index ?? 0
  return `${before.slice(0, at)}${line}${before.slice(at)}${island}{children}${after}`
}
