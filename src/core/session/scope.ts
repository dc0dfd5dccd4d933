import type { Config } from '../config.js'
import { CrossDomainError } from '../errors/catalogue.js'
import { refuseFlashKeys, splitFlash } from '../data/flash.js'
import { bytesOf, deepFreeze, isSameJson, parseData, type JsonObject } from '../values/json.js'
import type { SessionRecord } from '../store/row.js'
import type { Shape } from '../data/schema.js'
import { located } from './located.js'
import type { Patch } from './patch.js'
import type { Writer } from './writer.js'
import type { NoWrongKeys } from '../data/wrongKeys.js'
import { isLater, type NowOrLater } from '../values/later.js'

/**
 * Data that you read without waiting and write by key. A write is saved when its promise resolves, usually
 * after one round trip.
 */
export interface Scope<Data extends object> {
  /** The data as this request has read it, with the writes of this request. It is frozen. */
  readonly data: Readonly<Data>
  get<Key extends keyof Data>(key: Key): Data[Key]
  /**
   * Sets one key, so concurrent writes of other keys survive. `undefined` deletes the key. If `repairData`
   * has changed what is stored, all data is written.
   * @throws {CrossDomainError} `CDS201` to `CDS206`, `CDS208`, `CDS209`, `CDS212`, `CDS213`, `CDS301` to
   *   `CDS303`.
   */
  set<Key extends keyof Data>(key: Key, value: Data[Key]): Promise<void>
  /** Deletes one key. @throws {CrossDomainError} The same as `set`. */
  delete(key: keyof Data): Promise<void>
  /**
   * Replaces all data with what `change` returns. If somebody else writes meanwhile, `change` runs again with
   * the newest data. A key that `Data` does not have is a type error, even behind a spread or deeper inside.
   * @throws {CrossDomainError} The same as `set`; `CDS303` if others write too often.
   */
  update<Next extends object>(
    change: (data: Readonly<Data>) => Next & Data & NoWrongKeys<Next, Data>,
  ): Promise<void>
}

/** The two scopes differ in the part of a record that holds their data, and in the name of its change. */
export interface ScopeKind {
  read(record: SessionRecord): JsonObject
  change(set: JsonObject, drop: readonly string[]): Patch
}

export const sharedKind: ScopeKind = {
  read: (record) => splitFlash(record.data).own,
  change: (set, drop) => {
    refuseFlashKeys([...Object.keys(set), ...drop])
    return { set, delete: drop }
  },
}

export function localKind(domain: string | null): ScopeKind {
  return {
    read: (record) => (domain === null ? {} : (record.domains[domain]?.data ?? {})),
    change: (set, drop) => ({ domainSet: set, domainDelete: drop }),
  }
}

const maxUpdates = 100

/**
 * A scope as the kit uses it. `refresh` has to run after every write of its data, because a shape may be
 * asynchronous and `data` is not.
 */
export interface OpenScope extends Scope<Record<string, unknown>> {
  refresh(): NowOrLater<void>
}

/** The caller has to `refresh` it once, before it is used. */
export function createScope(config: Config, writer: Writer, kind: ScopeKind, shape: Shape): OpenScope {
  let data: JsonObject = {}
  const storedIn = (record: SessionRecord | null): JsonObject => (record === null ? {} : kind.read(record))
  const stored = (): JsonObject => storedIn(writer.record)
  /**
   * Two sessions that were merged may be over the limit together. Such a session accepts a write that makes
   * it no larger.
   */
  const maxBytes = (): number => Math.max(config.maxDataBytes, bytesOf(stored()))
  function refresh(): NowOrLater<void> {
    const { record } = writer
    const fitting = shape.read(storedIn(record))
    if (isLater(fitting))
      return fitting.then((late) => {
        data = deepFreeze(late)
        if (record !== writer.record) return refresh()
      })
    data = deepFreeze(fitting)
  }

  /** Stored defaults would count in a merge, before what the other side really has. */
  async function withoutDefaults(next: JsonObject, before: JsonObject): Promise<JsonObject> {
    const defaults = await shape.read({})
    return Object.fromEntries(
      Object.entries(next).filter(
        ([key, value]) =>
          Object.hasOwn(before, key) || !Object.hasOwn(defaults, key) || !isSameJson(value, defaults[key]),
      ),
    )
  }

  /**
   * @returns False if somebody else has written since `basedOn`. Then nothing was written, and there is a
   *   newer record.
   */
  async function writeAll(
    basedOn: SessionRecord | null,
    change: (data: JsonObject) => object,
    given: JsonObject = {},
  ): Promise<boolean> {
    const before = storedIn(basedOn)
    const fitting = await shape.check(parseData(change(deepFreeze(await shape.read(before))), maxBytes()))
    const next = parseData(await withoutDefaults(fitting, { ...before, ...given }), maxBytes())
    const dropped = Object.keys(before).filter((key) => !Object.hasOwn(next, key))
    const isSaved = await writer.write(kind.change(next, dropped), basedOn)
    await refresh()
    return isSaved
  }

  async function writeKey(patch: Patch): Promise<true> {
    await writer.write(patch)
    await refresh()
    return true
  }

  /**
   * @param write Gets the record that a change is to be made of. `data` may be older, if a write of the other
   *   scope, or of a message, has brought a newer record.
   */
  async function untilSaved(write: (basedOn: SessionRecord | null) => Promise<boolean>): Promise<void> {
    for (let attempts = 0; attempts < maxUpdates; attempts++) if (await write(writer.record)) return
    throw new CrossDomainError('CDS303')
  }

  /** True if no key may be written without the rest, which would be repaired at the next read otherwise. */
  const needsRepair = (record: SessionRecord | null): Promise<boolean> => shape.needsRepair(storedIn(record))

  function remove(key: string): Promise<void> {
    return untilSaved(async (basedOn) => {
      if (await needsRepair(basedOn)) return writeAll(basedOn, (all) => without(all, key))
      await shape.check(without(data, key))
      return writeKey(kind.change({}, [key]))
    })
  }

  return {
    refresh,
    get data() {
      return data
    },
    get: (key) => (Object.hasOwn(data, key) ? data[key] : undefined),
    delete: located(remove),
    set: located(async (key: string, value: unknown) => {
      if (value === undefined) return remove(key)
      const given = parseData({ [key]: value }, maxBytes())
      await untilSaved(async (basedOn) => {
        if (await needsRepair(basedOn)) return writeAll(basedOn, (all) => ({ ...all, ...given }), given)
        const fitting = await shape.check({ ...data, ...given })
        const set = Object.hasOwn(fitting, key) ? { [key]: fitting[key] ?? null } : {}
        // The limit is on the whole. If others write at this moment, their own check refuses them.
        parseData({ ...stored(), ...set }, maxBytes())
        return writeKey(kind.change(set, []))
      })
    }),
    update: located((change: (data: JsonObject) => object) =>
      untilSaved((basedOn) => writeAll(basedOn, change)),
    ),
  }
}

function without(data: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([other]) => other !== key))
}
