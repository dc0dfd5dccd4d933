import { islandName, readJson } from './agreements.js'

/**
 * What sessionStorage keeps: how often this tab has left in vain, and while it is away, the fragment to come
 * back to.
 */
export function readTabNote(): readonly [number, string?] {
  return (readJson(() => sessionStorage, islandName) as [number, string?] | null) ?? [0]
}

export function writeTabNote(...note: [number, string?]): void {
  sessionStorage.setItem(islandName, JSON.stringify(note))
}
