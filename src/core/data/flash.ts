import { CrossDomainError } from '../errors/catalogue.js'
import { createId } from '../values/ids.js'
import type { Json, JsonObject } from '../values/json.js'

/** Flash messages are shared data under names of their own, one each, so that two at once both survive. */
const prefix = '~flash:'

interface StoredFlash {
  readonly at: number
  readonly message: Json
}

/**
 * @param waiting The messages before this one. They stay before it, even within one second: no store keeps
 *   the order of keys.
 */
export function flashEntry(message: Json, atSeconds: number, waiting: JsonObject): JsonObject {
  const at = Math.max(atSeconds, ...storedIn(waiting).map((earlier) => earlier.at + 0.001))
  return { [prefix + createId()]: { at, message } }
}

/**
 * @throws {CrossDomainError} `CDS202` if a key of shared data looks like that of a message. Pages would show
 *   it as one.
 */
export function refuseFlashKeys(keys: readonly string[]): void {
  if (keys.some((key) => key.startsWith(prefix)))
    throw new CrossDomainError('CDS202', `a key of data begins with ${prefix}`)
}

export function flashKeys(data: JsonObject): string[] {
  return Object.keys(data).filter((key) => key.startsWith(prefix))
}

/** @returns The messages, oldest first. */
export function flashMessages(data: JsonObject): Json[] {
  return storedIn(data)
    .sort((a, b) => a.at - b.at)
    .map(({ message }) => message)
}

function storedIn(data: JsonObject): StoredFlash[] {
  return flashKeys(data).map((key) => data[key] as unknown as StoredFlash)
}

/** Data as the application knows it, and what the kit keeps beside it. */
export function splitFlash(data: JsonObject): { readonly own: JsonObject; readonly flash: JsonObject } {
  if (flashKeys(data).length === 0) return { own: data, flash: {} }
  const entries = Object.entries(data)
  return {
    own: Object.fromEntries(entries.filter(([key]) => !key.startsWith(prefix))),
    flash: Object.fromEntries(entries.filter(([key]) => key.startsWith(prefix))),
  }
}
