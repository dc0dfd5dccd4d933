import { defineRouting } from 'next-intl/routing'

const [primary = '', secondary = ''] = (process.env.CROSSDOMAIN_DOMAINS ?? '')
  .split(',')
  .map((origin) => origin.replace('http://', ''))

/** One language for each domain, without a prefix, and the other one with it. */
export const routing = defineRouting({
  locales: ['en', 'de'],
  defaultLocale: 'en',
  localePrefix: 'as-needed',
  domains: [
    { domain: primary, defaultLocale: 'en', locales: ['en', 'de'] },
    { domain: secondary, defaultLocale: 'de', locales: ['en', 'de'] },
  ],
})
