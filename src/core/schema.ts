import { CrossDomainError } from './errors.js'
import { deepFreeze, parseData, type JsonObject } from './json.js'

/** A validator of any library that follows Standard Schema (https://standardschema.dev): zod, valibot, arktype and others. */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

export interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What the application makes of stored data that no longer fits; what it answers is looked at again. */
export type RepairData = (data: JsonObject, issues: readonly SchemaIssue[]) => JsonObject

/** What data of one scope has to look like. */
export interface Shape {
  /** Stored data as the application may rely on it; never throws for what is stored, whatever it is. */
  read(stored: JsonObject): Promise<JsonObject>
  /** @throws {CrossDomainError} `CDS208` when the application is about to store what does not fit. */
  check(data: JsonObject): Promise<JsonObject>
}

export const anyShape: Shape = { read: async (stored) => stored, check: async (data) => data }

export function shapeOf(schema: StandardSchema<object> | undefined, repair: RepairData | undefined): Shape {
  if (schema === undefined) return anyShape
  const validate = async (data: JsonObject) => (await schema['~standard'].validate(structuredClone(data))) as SchemaResult<JsonObject>

  async function empty(): Promise<JsonObject> {
    const result = await validate({})
    if (result.issues) throw new CrossDomainError('CDS112', describe(result.issues))
    return result.value
  }

  return {
    async read(stored) {
      const result = await validate(stored)
      if (!result.issues) return result.value
      const repaired = await validate((repair ?? withoutMisfits)(deepFreeze(structuredClone(stored)), result.issues))
      return repaired.issues ? empty() : repaired.value
    },
    async check(data) {
      const result = await validate(data)
      if (result.issues) throw new CrossDomainError('CDS208', describe(result.issues))
      return parseData(result.value, Infinity)
    },
  }
}

/** Without a better answer from the application: leaves out the keys that the issues name. */
function withoutMisfits(data: JsonObject, issues: readonly SchemaIssue[]): JsonObject {
  const misfits = new Set(issues.map(keyOf))
  return Object.fromEntries(Object.entries(data).filter(([key]) => !misfits.has(key)))
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
