import type { StandardSchema } from './schema.js'

/** The input of a schema whose type is named: TypeScript infers all types of a call, or none. */
export type NotInferred = {} | null | undefined

/**
 * The same type, read-only at every depth. If a schema returns a read-only list, that list still counts as
 * one that it accepts.
 */
export type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value

/**
 * A schema, unless its type would be lost or its output could never be stored. In those cases the compiler
 * misses a property whose name says what to do.
 * @typeParam Default What `Output` is if it is neither named nor inferred.
 */
export type SchemaOption<Output, Input, Default = unknown> = StandardSchema<unknown, Input> &
  ((<T>() => T extends Input ? 1 : 2) extends <T>() => T extends NotInferred ? 1 : 2
    ? [Default] extends [Output]
      ? { readonly 'name the type of this schema too, or no type at all': never }
      : unknown
    : [Output] extends [Input]
      ? unknown
      : [Output] extends [DeepReadonly<Input>]
        ? unknown
        : {
            readonly 'a schema has to accept what it answers, because what is stored is what it answered': never
          })
