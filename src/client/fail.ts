import { errorPages } from '../shared/errorPages.js'
import type { Reason } from './agreements.js'
import type { Look } from './synchronise.js'

/** Says that nothing came of it, and with which code. */
export function fail(code: string, { path, onResult }: Look): void {
  // Left out of production builds.
  if (process.env.NODE_ENV === 'development') explain(code, path)
  onResult({ result: 'error', code })
}

/** Says in the developer's console what spares visitors a navigation, if the application can do something. */
export function explainReason(reason: Reason): void {
  const told =
    reason === 'policy'
      ? 'The Content-Security-Policy of this page keeps a fetch from the primary. Add it to connect-src.'
      : 'A script of this page adds headers to every fetch, a proxy changes what the primary answers, or the ' +
        'primary redirects to another host.'
  if (reason !== 'cookies')
    console.warn(`next-crossdomain-session: ${told} Until then, it takes a navigation. See docs/browsers.md`)
}

/**
 * Says in the developer's console why domains stay apart. An application without `onResult` would show
 * nothing.
 */
function explain(code: string, path: string): void {
  const told =
    code !== 'CDS417'
      ? 'the primary and this domain stay apart.'
      : !navigator.onLine
        ? 'the browser is offline.'
        : `GET ${path}/start got no answer from this kit. Is there app${path}/[action]/route.ts with GET, POST and OPTIONS, and does the primary run?`
  console.warn(`next-crossdomain-session: ${code}: ${told} See ${errorPages}/${code}.md`)
}
