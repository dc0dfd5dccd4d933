/**
 * Keys of `Next` that `Data` does not have. TypeScript itself looks for them in literals only, not in what it
 * infers. There are none if `Data` takes any key or any value, and none below six objects and lists, because
 * types may contain themselves.
 */
export type WrongKeys<Next, Data, Path extends string = ''> = unknown extends Next | Data
  ? never
  : Path extends `${string}.${string}.${string}.${string}.${string}.${string}.${string}`
    ? never
    : Next extends readonly (infer Item)[]
      ? WrongKeys<Item, Data extends readonly (infer Known)[] ? Known : never, `${Path}[].`>
      : Next extends object
        ? (<T>() => T extends Next ? 1 : 2) extends <T>() => T extends Data ? 1 : 2
          ? never
          : (Data extends object ? keyof Data : never) extends infer Known
            ? [Known] extends [never]
              ? never
              : string extends Known
                ? never
                : {
                    [Key in keyof Next & string]-?: Key extends Known
                      ? WrongKeys<
                          Next[Key],
                          Data extends { readonly [K in Key]?: infer Value } ? Value : never,
                          `${Path}${Key}.`
                        >
                      : Path extends ''
                        ? Key
                        : `${Path}${Key} is no key of the data`
                  }[keyof Next & string]
            : never
        : never

/**
 * A type that no value has if there are wrong keys. It is a condition, because with the keys alone TypeScript
 * would take `'dark'` for any string.
 */
export type NoWrongKeys<Next, Data> = [WrongKeys<Next, Data>] extends [never]
  ? unknown
  : { readonly [Key in WrongKeys<Next, Data>]: never }
