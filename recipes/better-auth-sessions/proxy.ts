export { proxy } from './session'

export const config = {
  matcher: [
    {
      source: '/((?!_next/|crossdomain/|api/|.*\\..*).*)',
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
