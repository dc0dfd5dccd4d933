import { errorPages } from '../core/errorPages.js'

/** Says in the console of a developer why domains stay apart: an application without `onResult` would be told nothing. */
export function explain(code: string, path: string): void {
  const told =
    code === 'network'
      ? `POST ${path}/start brought no answer of this kit. Both this deployment and the primary have to run, and to export the handlers in app${path}/[action]/route.ts.`
      : `The exchange with the primary was refused: ${code}. What to do: ${errorPages}/${code}.md`
  console.warn(`next-crossdomain-session: ${told}`)
}
