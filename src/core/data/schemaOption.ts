import type { StandardSchema } from './schema.js'

/** Stands for what a schema may be given where types are named, because TypeScript infers all of them or none. */
export type NotInferred = {} | null | undefined

/** The same, read only all the way down: a list that a schema answers read only is still what it accepts. */
export type DeepReadonly<Value> = Value extends object
  ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
  : Value

/**
 * A schema, unless its type would be lost, or what it answers could never be stored. The compiler then misses a property whose name says what to do.
 * @typeParam Default What `Output` is where it is neither named nor inferred.
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
