/** One way to build and run an application. */
export interface Build {
  readonly next: 15 | 16
  readonly bundler: 'turbopack' | 'webpack'
  /** The file that has the kit's middleware: one runs on the edge, the other on Node. */
  readonly file: 'middleware' | 'proxy'
  readonly cacheComponents: boolean
  readonly command: 'start' | 'dev'
  /** Whether one server answers for all domains, or each domain has its own. */
  readonly deployment: 'one' | 'per domain'
  /** More of `next.config`. */
  readonly config?: {
    readonly basePath?: string
    readonly trailingSlash?: boolean
    readonly output?: 'standalone'
    readonly i18n?: object
  }
  /** Default: `app`. */
  readonly router?: 'pages'
}

const usual: Build = {
  next: 16,
  bundler: 'turbopack',
  file: 'proxy',
  cacheComponents: false,
  command: 'start',
  deployment: 'one',
}

/** Each value of each property with each other one that it is likely to disturb. */
export const builds = {
  usual: usual,
  'cache-components': { ...usual, cacheComponents: true },
  edge: { ...usual, file: 'middleware' },
  'edge-per-domain': { ...usual, file: 'middleware', deployment: 'per domain' },
  webpack: { ...usual, bundler: 'webpack', cacheComponents: true },
  'webpack-edge': { ...usual, bundler: 'webpack', file: 'middleware' },
  dev: { ...usual, command: 'dev', file: 'middleware' },
  'dev-webpack': { ...usual, command: 'dev', bundler: 'webpack', cacheComponents: true },
  'base-path-standalone': { ...usual, config: { basePath: '/shop', output: 'standalone' } },
  'base-path-edge': { ...usual, file: 'middleware', config: { basePath: '/shop' } },
  'trailing-slash': { ...usual, config: { trailingSlash: true } },
  'i18n-domains': {
    ...usual,
    router: 'pages',
    config: {
      i18n: {
        locales: ['en', 'de', 'fr'],
        defaultLocale: 'en',
        // Otherwise Next.js leads an English browser from the German domain to the English one.
        localeDetection: false,
        domains: [
          { domain: 'primary.localhost', defaultLocale: 'en' },
          { domain: 'secondary.localhost', defaultLocale: 'de', locales: ['fr'] },
        ],
      },
    },
  },
  'next-15': { ...usual, next: 15, bundler: 'webpack', file: 'middleware' },
  'next-15-per-domain': {
    ...usual,
    next: 15,
    bundler: 'webpack',
    file: 'middleware',
    deployment: 'per domain',
  },
  'next-15-turbopack': { ...usual, next: 15, file: 'middleware' },
  'next-15-dev': { ...usual, next: 15, file: 'middleware', command: 'dev' },
} as const satisfies Readonly<Record<string, Build>>

export type BuildName = keyof typeof builds

export const buildNames = Object.keys(builds).filter(isBuildName)

function isBuildName(name: string): name is BuildName {
  return Object.hasOwn(builds, name)
}
