import { createNonce } from './ids.js'
import type { Json, JsonObject } from './json.js'

/** Flash messages are shared data under names of their own, one each, so that two at once both survive. */
const prefix = '~flash:'

interface StoredFlash {
  readonly at: number
  readonly message: Json
}

export function flashEntry(message: Json, atSeconds: number): JsonObject {
  return { [prefix + createNonce()]: { at: atSeconds, message } }
}

export function flashKeys(data: JsonObject): string[] {
  return Object.keys(data).filter((key) => key.startsWith(prefix))
}

/** @returns The messages, oldest first. */
export function flashMessages(data: JsonObject): Json[] {
  const stored = flashKeys(data).map((key) => data[key] as unknown as StoredFlash)
  return stored.sort((a, b) => a.at - b.at).map(({ message }) => message)
}

/** Data as the application knows it, and what the kit keeps beside it. */
export function splitFlash(data: JsonObject): { readonly own: JsonObject; readonly flash: JsonObject } {
  const entries = Object.entries(data)
  return {
    own: Object.fromEntries(entries.filter(([key]) => !key.startsWith(prefix))),
    flash: Object.fromEntries(entries.filter(([key]) => key.startsWith(prefix))),
  }
}
