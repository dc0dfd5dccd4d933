import { compose } from 'next-crossdomain-session/middleware'
import { showAuthJs } from './crossDomain'
import { proxy as kit } from './session'

export const proxy = compose(kit, showAuthJs)

export const config = {
  // Without `missing`, and with /api: Auth.js needs its cookie in every request.
  matcher: [
    '/((?!_next/|crossdomain/|.*\\..*).*)',
    { source: '/:path*', has: [{ type: 'header', key: 'service-worker' }] },
  ],
}
