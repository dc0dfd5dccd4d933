import { errorPages } from '../shared/errorPages.js'
import type { Look } from './synchronise.js'

/** Says that nothing came of it, and with which code. */
export function fail(code: string, { path, onResult }: Look): void {
  // Left out of production builds.
  if (process.env.NODE_ENV === 'development') explain(code, path)
  onResult({ result: 'error', code })
}

/**
 * Says in the developer's console why domains stay apart. An application without `onResult` would show
 * nothing.
 */
function explain(code: string, path: string): void {
  const told =
    code === 'CDS417'
      ? `GET ${path}/start got no answer from this kit. Is there app${path}/[action]/route.ts, and does the primary run?`
      : 'the primary and this domain stay apart.'
  console.warn(`next-crossdomain-session: ${code}: ${told} See ${errorPages}/${code}.md`)
}
