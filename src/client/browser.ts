import { errorPages } from '../shared/errorPages.js'
import { islandName } from './agreements.js'

/**
 * Calls `listener` when an island of this origin has a result, also that of this page.
 * @returns A function that stops it. Without cookies there is nothing to hear, and Firefox refuses the
 *   channel.
 */
export function hear(listener: () => void): () => void {
  try {
    const channel = new BroadcastChannel(islandName)
    channel.onmessage = listener
    return () => channel.close()
  } catch {
    return () => {}
  }
}

export function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/**
 * Says in the developer's console why domains stay apart. An application without `onResult` would show
 * nothing.
 */
export function explain(code: string, path = ''): void {
  const told =
    code === 'CDS417'
      ? `GET ${path}/start got no answer from this kit. Is there app${path}/[action]/route.ts, and does the primary run?`
      : 'the primary and this domain stay apart.'
  console.warn(`next-crossdomain-session: ${code}: ${told} See ${errorPages}/${code}.md`)
}
