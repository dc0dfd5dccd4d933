// Compiled by `npm run types`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, type Json, type Session, type Store } from '../../src/index.js'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

/** An interface, which no index signature takes. */
interface Notice {
  readonly text: string
  readonly tone: 'good' | 'bad'
}
interface Data {
  cart: string[]
}
interface Own {
  currency: 'EUR' | 'CHF'
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <T extends true>(): T | void => {}

declare const store: Store
const { getSession, route } = createCrossDomainSession<Data, Own, Notice>({
  store,
  expose: async (session) => {
    const [first] = await session.takeFlash()
    assertType<Equal<typeof first, Notice | undefined>>()
    return { cart: session.data.cart }
  },
})

export async function messagesAreOfTheNamedType(): Promise<void> {
  const session = await getSession()
  await session.flash({ text: 'Saved.', tone: 'good' })
  for (const { text, tone } of await session.takeFlash()) assertType<Equal<[typeof text, typeof tone], [string, 'good' | 'bad']>>()
  // @ts-expect-error a text is no Notice
  await session.flash('Saved.')
  // @ts-expect-error a value that its key does not take
  await session.flash({ text: 'Saved.', tone: 'loud' })
  // @ts-expect-error a key that Notice does not have
  await session.flash({ text: 'Saved.', tone: 'good', colour: 'red' })
  // @ts-expect-error a key that Notice does not have
  void (await session.takeFlash())[0]?.colour
}

export const { GET } = route({
  GET: async (_request, session) => {
    const messages = await session.takeFlash()
    assertType<Equal<typeof messages, readonly Notice[]>>()
    // @ts-expect-error a text is no Notice
    await session.flash('Saved.')
    return Response.json(messages)
  },
})

export async function aFunctionOfTheApplicationNamesTheSessionThatItTakes(): Promise<void> {
  const show = (session: Session<Partial<Data>, Partial<Own>, Notice>): object => session.data
  createCrossDomainSession<Data, Own, Notice>({ store, expose: show })
  show(await getSession())
}

export async function aMessageIsAnyJsonUnlessItIsNamed(): Promise<void> {
  const session = await createCrossDomainSession<Data>({ store }).getSession()
  await session.flash({ any: ['Json', 1, null] })
  assertType<Equal<Awaited<ReturnType<typeof session.takeFlash>>, readonly Json[]>>()
  // @ts-expect-error a date is no JSON
  await session.flash(new Date())
  // @ts-expect-error nothing is no message
  createCrossDomainSession<Data, Own, undefined>({ store })
}

export async function aSchemaGivesTheTypeOfMessages(): Promise<void> {
  const schema = z.object({ cart: z.array(z.string()).default([]) })
  const flashSchema = z.object({ text: z.string(), tone: z.enum(['good', 'bad']) })
  const both = await createCrossDomainSession({ store, schema, flashSchema, expose: ({ data }) => ({ items: data.cart.length }) }).getSession()
  assertType<Equal<typeof both.data.cart, string[]>>()
  for (const { tone } of await both.takeFlash()) assertType<Equal<typeof tone, 'good' | 'bad'>>()
  await both.flash({ text: 'Saved.', tone: 'good' })
  // @ts-expect-error a value that the schema does not take
  await both.flash({ text: 'Saved.', tone: 'loud' })
  const own = await createCrossDomainSession({ store, flashSchema: v.picklist(['ordered', 'ended']) }).getSession()
  await own.flash('ordered')
  // @ts-expect-error a message that the schema does not take
  await own.flash('order')
  const arktype = await createCrossDomainSession({ store, schema, flashSchema: type('"ordered" | "ended"') }).getSession()
  assertType<Equal<Awaited<ReturnType<typeof arktype.takeFlash>>, readonly ('ordered' | 'ended')[]>>()
  assertType<Equal<typeof arktype.data.cart, string[]>>()
  const none = await createCrossDomainSession({ store, schema }).getSession()
  assertType<Equal<Awaited<ReturnType<typeof none.takeFlash>>, readonly Json[]>>()
  createCrossDomainSession<Data, Own, Notice>({ store, flashSchema })
  // @ts-expect-error a schema of something else than what is named
  createCrossDomainSession<Data, Own, Notice>({ store, flashSchema: z.string() })
}
