import type { CookieToSet } from '../core/request/cookies.js'

/** `NextResponse.cookies` and `await cookies()`. */
interface Jar {
  set(name: string, value: string, options: object): unknown
}

/** Everything that sets a cookie of the kit goes through here. */
export function setCookies(jar: Jar, cookies: readonly CookieToSet[]): void {
  for (const { name, value, httpOnly, sameSite, maxAgeSeconds, domain } of cookies) {
    jar.set(name, value, {
      path: '/',
      secure: true,
      httpOnly,
      sameSite,
      ...(maxAgeSeconds !== null && { maxAge: maxAgeSeconds }),
      ...(domain !== null && { domain }),
    })
  }
}

/** For every answer that sets a cookie or depends on one. */
export const privateHeaders = { 'Cache-Control': 'private, no-store', Vary: 'Cookie' } as const

/**
 * Headers of every answer of the exchange. A page that has opened the exchange in a window can no longer read
 * the address of that window, because its URLs hold seals, which somebody else may have made. And no page
 * that the exchange ends on is told where the browser comes from.
 */
export const routeHeaders = {
  ...privateHeaders,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const
