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
