import type { StandardSchema } from './schema.js'

/** Stands for what a schema may be given where types are named, because TypeScript infers all of them or none. */
export type NotInferred = {} | null | undefined

/**
 * A schema, unless its type would be lost. The compiler then misses a property whose name says what to do.
 * @typeParam Default What `Output` is where it is neither named nor inferred.
 */
export type SchemaOption<Output, Input, Default = unknown> = StandardSchema<unknown, Input> &
  ((<T>() => T extends Input ? 1 : 2) extends <T>() => T extends NotInferred ? 1 : 2
    ? [Default] extends [Output]
      ? { readonly 'name the type of this schema too, or no type at all': never }
      : unknown
    : unknown)
