// Compiled by `npm run types`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, type Json, type StandardSchema, type Store } from '../../src/index.js'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

interface Data {
  cart: string[]
}
interface Own {
  currency: 'EUR' | 'CHF'
}
interface Notice {
  text: string
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <T extends true>(): T | void => {}

declare const store: Store
const schema = z.object({ cart: z.array(z.string()).default([]) })
const localSchema = z.object({ currency: z.enum(['EUR', 'CHF']).default('EUR') })
const flashSchema = z.object({ text: z.string() })

export function noSchemaLosesItsTypeToANamedOne(): void {
  // @ts-expect-error the type of the domain's data is not named
  createCrossDomainSession<Data>({ store, localSchema })
  // @ts-expect-error nor beside a schema
  createCrossDomainSession<Data>({ store, schema, localSchema })
  // @ts-expect-error nor of another library
  createCrossDomainSession<Data>({ store, localSchema: v.object({ currency: v.optional(v.string(), 'EUR') }) })
  // @ts-expect-error nor of a third one
  createCrossDomainSession<Data>({ store, localSchema: type({ 'currency?': 'string' }) })
  // @ts-expect-error the type of messages is not named
  createCrossDomainSession<Data, Own>({ store, flashSchema })
  // @ts-expect-error nor beside other schemas
  createCrossDomainSession<Data, Own>({ store, schema, localSchema, flashSchema })
}

export async function aSchemaGoesWithItsNamedType(): Promise<void> {
  createCrossDomainSession<Data, Own>({ store, localSchema })
  createCrossDomainSession<Data, Own>({ store, schema, localSchema })
  const { local, flash } = await createCrossDomainSession<Data, Own, Notice>({ store, schema, localSchema, flashSchema }).getSession()
  await local.set('currency', 'CHF')
  // @ts-expect-error a key that the domain's data does not have
  local.get('curency')
  // @ts-expect-error a key that messages do not have
  await flash({ txt: 'Saved.' })
}

export async function aSessionOfTheApiHasTheNamedTypeToo(): Promise<void> {
  const { sessions } = createCrossDomainSession<Data>({ store, schema })
  await sessions.createApiSession({ data: {} })
  await sessions.createApiSession({ data: { cart: ['tea'] } })
  // @ts-expect-error a key that Data does not have
  await sessions.createApiSession({ data: { basket: ['tea'] } })
  // @ts-expect-error a value that its key does not take
  await sessions.createApiSession({ data: { cart: 'tea' } })
}

export async function allTypesComeFromSchemasWhereNoneIsNamed(): Promise<void> {
  const own = await createCrossDomainSession({ store, localSchema, flashSchema }).getSession()
  assertType<Equal<ReturnType<typeof own.local.get<'currency'>>, 'EUR' | 'CHF' | undefined>>()
  assertType<Equal<Awaited<ReturnType<typeof own.takeFlash>>, readonly Notice[]>>()
  assertType<Equal<ReturnType<typeof own.get<'cart'>>, unknown>>()
  const all = await createCrossDomainSession({ store, schema, localSchema, flashSchema }).getSession()
  assertType<Equal<ReturnType<typeof all.local.get<'currency'>>, 'EUR' | 'CHF'>>()
  // @ts-expect-error a value that the schema does not take
  await all.local.set('currency', 'DM')
  // What a schema takes may be as wide as what is there without one.
  const texts = await createCrossDomainSession({ store, localSchema: z.record(z.string(), z.string()), flashSchema: z.json() }).getSession()
  assertType<Equal<ReturnType<typeof texts.local.get<string>>, string | undefined>>()
  createCrossDomainSession({ store, schema, localSchema: z.record(z.string(), z.unknown()), flashSchema: z.unknown().transform(String) })
  createCrossDomainSession({ store, localSchema: z.looseObject({ currency: z.string().optional() }), flashSchema: {} as StandardSchema<Json> })
}

const splitting = z.object({ tags: z.string().default('').transform((text) => text.split(',')) })

export function aSchemaAcceptsWhatItAnswers(): void {
  // @ts-expect-error it takes a text and answers a list
  createCrossDomainSession({ store, schema: splitting })
  // @ts-expect-error of one domain's data
  createCrossDomainSession({ store, localSchema: splitting })
  // @ts-expect-error of one domain's data, beside a schema
  createCrossDomainSession({ store, schema, localSchema: splitting })
  // @ts-expect-error of messages
  createCrossDomainSession({ store, flashSchema: z.stringbool() })
  // @ts-expect-error of messages, beside a schema
  createCrossDomainSession({ store, schema, flashSchema: z.string().pipe(z.coerce.number()) })
  // @ts-expect-error the same by valibot
  createCrossDomainSession({ store, schema: v.object({ tags: v.optional(v.pipe(v.string(), v.transform((text) => text.split(','))), '') }) })
  // @ts-expect-error the same by arktype
  createCrossDomainSession({ store, localSchema: type({ 'tags?': type('string').pipe((text) => text.split(',')) }) })
  // @ts-expect-error a morph that arktype brings
  createCrossDomainSession({ store, flashSchema: type('string.numeric.parse') })
}

export function aSchemaMayTakeMoreThanItAnswers(): void {
  const kit = createCrossDomainSession({
    store,
    schema: z.object({
      amount: z.coerce.number().default(0),
      list: z.array(z.string().brand<'Sku'>()).readonly().default([]),
      either: z.union([z.string().transform(Number), z.number()]).optional(),
      trimmed: z.string().trim().nullish(),
      any: z.json().optional(),
    }),
    localSchema: v.object({ list: v.optional(v.pipe(v.array(v.string()), v.readonly()), []), currency: v.exactOptional(v.string()) }),
    flashSchema: type({ text: 'string.trim', tone: "'good' | 'bad' = 'good'", 'more?': 'number[]' }),
  })
  assertType<Equal<Awaited<ReturnType<typeof kit.getSession>>['data']['amount'], number>>()
  createCrossDomainSession({ store, schema: z.looseObject({}), localSchema: z.object({ a: z.string() }).partial(), flashSchema: z.preprocess(String, z.string()) })
  createCrossDomainSession<{ amount: number }>({ store, schema: z.object({ amount: z.coerce.number().default(0) }) })
  createCrossDomainSession({ store, schema: schema as typeof schema | undefined })
}
