import { errorPages } from '../shared/errorPages.js'

/** Says in the console of a developer why domains stay apart: an application without `onResult` would be told nothing. */
export function explain(code: string, path = ''): void {
  const told =
    code === 'CDS417'
      ? `POST ${path}/start brought no answer of this kit. Is there app${path}/[action]/route.ts, and does the primary run?`
      : 'the primary and this domain stay apart.'
  console.warn(`next-crossdomain-session: ${code}: ${told} See ${errorPages}/${code}.md`)
}
