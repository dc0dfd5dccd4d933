import { CrossDomainError } from '../errors/catalogue.js'
import { isLater, type NowOrLater } from '../values/later.js'
import { deepFreeze, isSameJson, parseData, parseJson, type Json, type JsonObject } from '../values/json.js'

/**
 * A validator of any library that follows Standard Schema (https://standardschema.dev): zod, valibot, arktype
 * and others.
 */
export interface StandardSchema<Output, Input = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

/** What a validator returns: the value that it made, or what is wrong. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that does not fit, and its path. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Of all domains, or of one. */
export type DataScope = 'shared' | 'local'

/** What the application makes of stored data that no longer fits. The result is checked again. */
export type RepairData = (data: JsonObject, issues: readonly SchemaIssue[], scope: DataScope) => JsonObject

/**
 * Stored data for a merge: what the application may rely on, without defaults, and the keys that it does not
 * know.
 */
export interface Fitting {
  readonly seen: JsonObject
  readonly unseen: JsonObject
}

/** What data of one scope has to look like. */
export interface Shape {
  /**
   * Stored data as the application may rely on it.
   * @throws {CrossDomainError} `CDS112`. Stored data never makes it throw.
   */
  read(stored: JsonObject): NowOrLater<JsonObject>
  fit(stored: JsonObject): Promise<Fitting>
  /**
   * Whether `repairData` changes this data, to something that fits or not. False if it throws: then nothing
   * is known, and nothing may be lost.
   */
  needsRepair(stored: JsonObject): Promise<boolean>
  /** @throws {CrossDomainError} `CDS208` if the application is about to store something that does not fit. */
  check(data: JsonObject): Promise<JsonObject>
}

/** What a message has to look like: it fits as a whole, or not at all. */
export interface MessageShape {
  /**
   * The stored message as the application may rely on it, in a list. The list is empty if it no longer fits.
   * Never throws.
   */
  read(stored: Json): Promise<readonly Json[]>
  /** @throws {CrossDomainError} `CDS208` if the application is about to leave a message that does not fit. */
  check(message: Json): Promise<Json>
}

const anyShape: Shape = {
  read: (stored) => stored,
  fit: async (seen) => ({ seen, unseen: {} }),
  needsRepair: async () => false,
  check: async (data) => data,
}

interface Options {
  readonly scope: DataScope
  readonly repair: RepairData | undefined
  readonly reportError: (error: unknown) => void
}

/** What was made of stored data: `value` is what the schema answers for `source`. */
interface Recovered {
  readonly source: JsonObject
  readonly value: JsonObject
  /** `source` is what the application says that all of the stored data is worth. */
  readonly isRepaired: boolean
}

export function shapeOf(
  schema: StandardSchema<object> | undefined,
  { scope, repair, reportError }: Options,
): Shape {
  if (schema === undefined) return anyShape
  const validate = validatorOf<JsonObject>(schema)

  async function empty(): Promise<JsonObject> {
    const result = await validate({})
    if (result.issues) throw new CrossDomainError('CDS112', describe(result.issues))
    return result.value
  }

  /**
   * Takes whatever fits first: the stored data as it is; repaired; without the keys that do not fit; the keys
   * that fit together; nothing. If code of the application throws, that counts as not fitting.
   * @param first What `validate` answers for the stored data.
   */
  async function recover(
    stored: JsonObject,
    first: NowOrLater<SchemaResult<JsonObject>>,
  ): Promise<Recovered> {
    let issues: readonly SchemaIssue[] = []
    const attempt = async (
      make: () => JsonObject,
      isRepaired: boolean,
      tell = reportError,
      check = validate,
    ): Promise<Recovered | null> => {
      try {
        const source = make()
        const result = await check(source)
        if (!result.issues) return { source, value: result.value, isRepaired }
        if (source === stored) issues = result.issues
      } catch (error) {
        tell(error)
      }
      return null
    }
    const fits = await attempt(
      () => stored,
      false,
      reportError,
      () => first,
    )
    if (fits !== null) return fits
    const repaired =
      repair === undefined
        ? null
        : await attempt(() => repair(deepFreeze(structuredClone(stored)), issues, scope), true)
    if (repaired !== null) return repaired
    const rest = issues.length === 0 ? null : await attempt(() => withoutMisfits(stored, issues), false)
    if (rest !== null) return rest
    let best: Recovered = { source: {}, value: await empty(), isRepaired: false }
    // An issue need not name its key, and that of a strict schema in zod does not. So the keys that fit
    // together are found one by one.
    const entries = Object.entries(stored).sort(([a], [b]) => (a < b ? -1 : 1))
    let before: Recovered
    do {
      before = best
      for (const [key, value] of entries) {
        const { source } = best
        if (!Object.hasOwn(source, key))
          best =
            (await attempt(
              () => ({ ...source, [key]: value }),
              false,
              () => {},
            )) ?? best
      }
      // One may fit only beside another that came later.
    } while (best !== before)
    return best
  }

  return {
    read(stored) {
      const first = validate(stored)
      if (!isLater(first) && !first.issues) return first.value
      return recover(stored, first).then(({ value }) => value)
    },
    async fit(stored) {
      const { source, value, isRepaired } = await recover(stored, validate(stored))
      const seen = pick(value, (key) => Object.hasOwn(source, key))
      return { seen, unseen: isRepaired ? {} : pick(stored, (key) => !Object.hasOwn(seen, key)) }
    },
    async needsRepair(stored) {
      if (repair === undefined) return false
      try {
        const { issues } = await validate(stored)
        return (
          issues !== undefined &&
          !isSameJson(repair(deepFreeze(structuredClone(stored)), issues, scope), stored)
        )
      } catch {
        return false
      }
    },
    check: async (data) => parseData(fitting(await validate(data)), Infinity),
  }
}

export function messageShapeOf(
  schema: StandardSchema<unknown> | undefined,
  reportError: (error: unknown) => void,
): MessageShape {
  if (schema === undefined) return { read: async (stored) => [stored], check: async (message) => message }
  const validate = validatorOf<Json>(schema)
  return {
    async read(stored) {
      try {
        const result = await validate(stored)
        return result.issues ? [] : [result.value]
      } catch (error) {
        reportError(error)
        return []
      }
    },
    check: async (message) => parseJson(fitting(await validate(message)), Infinity),
  }
}

/** What is given to it stays as it is, whatever the validator does. If that throws, it rejects. */
function validatorOf<Value extends Json>(
  schema: StandardSchema<unknown>,
): (value: Value) => NowOrLater<SchemaResult<Value>> {
  return (value) => {
    try {
      return schema['~standard'].validate(structuredClone(value)) as NowOrLater<SchemaResult<Value>>
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

function fitting<Value>(result: SchemaResult<Value>): Value {
  if (result.issues) throw new CrossDomainError('CDS208', describe(result.issues))
  return result.value
}

/** Without a better answer from the application: leaves out the keys that the issues name. */
function withoutMisfits(data: JsonObject, issues: readonly SchemaIssue[]): JsonObject {
  const misfits = new Set(issues.map(keyOf))
  return pick(data, (key) => !misfits.has(key))
}

function pick(data: JsonObject, isWanted: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([key]) => isWanted(key)))
}

function keyOf({ path }: SchemaIssue): string | undefined {
  const first = path?.[0]
  return first === undefined ? undefined : String(typeof first === 'object' ? first.key : first)
}

/** Messages of validators may quote the value, so only the keys are told. */
function describe(issues: readonly SchemaIssue[]): string {
  const keys = new Set(issues.map((issue) => keyOf(issue) ?? 'the data as a whole'))
  return [...keys].join(', ')
}
