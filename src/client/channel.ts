import { islandName } from './memory.js'

/**
 * Hears what the islands of this origin tell, that of this page too.
 * @returns What ends it. Without cookies there is nothing to hear, and Firefox refuses the channel.
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
