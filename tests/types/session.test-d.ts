// Compiled by `npm run types`; nothing here runs. A line under @ts-expect-error has to be refused.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { NextRequest } from 'next/server.js'
import { createCrossDomainSession, type Store } from '../../src/index.js'
import { createMiddleware } from '../../src/middleware.js'
import { mergeBy, union } from '../../src/index.js'
import { useSession } from '../../src/client.js'
import { kvStore } from '../../src/kv.js'
import { Redis as UpstashRedis } from '@upstash/redis'
import { kv } from '@vercel/kv'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'

interface Data {
  cart: string[]
  theme: 'light' | 'dark'
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <T extends true>(): T | void => {}

declare const store: Store
const { getSession, handlers, proxy, middleware, route, sessions } = createCrossDomainSession<Data, { currency: 'EUR' | 'CHF' }>({
  store,
  merge: (kept, other) => ({ ...other, ...kept, cart: [...(kept.cart ?? []), ...(other.cart ?? [])] }),
})

export function awaitIsMissing(): void {
  const session = getSession()
  // @ts-expect-error a promise is no session
  session.get('cart')
}

export async function keysAndValuesFollowTheDataType(): Promise<void> {
  const session = await getSession()
  assertType<Equal<ReturnType<typeof session.get<'cart'>>, string[] | undefined>>()
  assertType<Equal<typeof session.userId, string | null>>()
  await session.set('theme', 'dark')
  await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), 'tea'] }))
  await session.delete('cart')
  await session.login('1')
  await session.logout({ keepData: true })
  await session.destroy()
  // @ts-expect-error a key that Data does not have
  session.get('basket')
  // @ts-expect-error a value that its key does not take
  await session.set('theme', 'blue')
  // @ts-expect-error a key that Data does not have
  await session.delete('basket')
  // @ts-expect-error data that is not Data
  await session.update(() => ({ cart: 'tea' }))
  // @ts-expect-error a key that Data does not have, behind a spread
  await session.update((data) => ({ ...data, basket: 1 }))
  // @ts-expect-error a key that Data does not have
  await session.update(() => ({ basket: ['tea'] }))
  await session.update((data) => {
    const { cart: _, ...rest } = data
    return rest
  })
  await session.update((data) => (data.theme === 'dark' ? data : { ...data, theme: 'dark' }))
  await session.update(() => ({}))
  // @ts-expect-error a key that Data does not have, in one of two answers
  await session.update((data) => (data.theme === 'dark' ? data : { ...data, basket: 1 }))
  await session.update((data) => {
    if (data.theme === 'dark') return data
    if (data.cart === undefined) return { theme: 'dark' }
    return { ...data, cart: [] }
  })
  // @ts-expect-error a key that Data does not have
  await session.set('basket', ['tea'])
  // @ts-expect-error a user id is a string
  await session.login(1)
  // @ts-expect-error the data is changed by calls, not by assignment
  session.data.theme = 'dark'
  // @ts-expect-error so is the user
  session.userId = '1'
}

export async function dataIsUnknownUnlessItIsNamed(): Promise<void> {
  const session = await createCrossDomainSession({ store }).getSession()
  assertType<Equal<ReturnType<typeof session.get<'cart'>>, unknown>>()
  await session.update((data) => ({ ...data, anything: 1 }))
}

export function aMergeIsOfTheSameData(): void {
  createCrossDomainSession<Data>({ store, merge: (kept, other) => ({ ...other, ...kept }) })
  // @ts-expect-error a value that its key does not take
  createCrossDomainSession<Data>({ store, merge: (kept, other) => ({ ...other, ...kept, cart: 'tea' }) })
  // @ts-expect-error a key that Data does not have
  createCrossDomainSession<Data>({ store, merge: (kept) => ({ cart: kept.basket }) })
  // @ts-expect-error a rule for a key that Data does not have
  createCrossDomainSession<Data>({ store, merge: mergeBy({ basket: union() }) })
  // @ts-expect-error a rule for a key that Data does not have
  mergeBy<Data>({ basket: union() })
}

export function eventsAreToldApartByTheirType(): void {
  createCrossDomainSession<Data>({
    store,
    onEvent: (event) => {
      if (event.type !== 'refused') return console.log(event.fingerprint, event.userId)
      console.log(event.action, event.code)
      // @ts-expect-error a refusal is of no user
      void event.userId
    },
  })
}

export function optionsAreChecked(): void {
  createMiddleware()
  createMiddleware({ domains: ['https://shop.example'], mayCreateSession: ({ cookies }) => cookies.get('consent')?.value === 'yes' })
  // @ts-expect-error no store
  createCrossDomainSession({ primary: 'https://shop.example' })
  // @ts-expect-error an option that does not exist
  createMiddleware({ domain: 'https://shop.example' })
  // @ts-expect-error the middleware has no store
  createMiddleware({ store })
  // @ts-expect-error consent is an answer, not a promise of text
  createMiddleware({ mayCreateSession: async () => 'yes' })
}

export function nextAcceptsWhatTheKitReturns(): void {
  const route: Record<'GET' | 'POST' | 'OPTIONS', (request: Request) => Promise<Response>> = handlers
  const run: (request: NextRequest) => Promise<Response> = middleware
  const same: typeof run = proxy
  void [route, same]
}

export async function eachDomainHasDataOfItsOwn(): Promise<void> {
  const { local } = await getSession()
  assertType<Equal<ReturnType<typeof local.get<'currency'>>, 'EUR' | 'CHF' | undefined>>()
  await local.set('currency', 'CHF')
  // @ts-expect-error a currency that the shop does not take
  await local.set('currency', 'DM')
  // @ts-expect-error shared data is not the domain's
  local.get('cart')
  // @ts-expect-error a key that Local does not have
  await local.set('country', 'CH')
  // @ts-expect-error a key that Local does not have
  await local.delete('country')
  // @ts-expect-error a key that Local does not have, behind a spread
  await local.update((data) => ({ ...data, country: 'CH' }))
}

export async function aSchemaGivesTheTypes(): Promise<void> {
  const zod = await createCrossDomainSession({ store, schema: z.object({ cart: z.array(z.string()).default([]), locale: z.string().optional() }), localSchema: z.object({ currency: z.string().default('EUR') }) }).getSession()
  assertType<Equal<typeof zod.data.cart, string[]>>()
  assertType<Equal<ReturnType<typeof zod.get<'locale'>>, string | undefined>>()
  assertType<Equal<ReturnType<typeof zod.local.get<'currency'>>, string>>()
  await zod.update((data) => ({ ...data, cart: [...data.cart, 'tea'] }))
  const valibot = await createCrossDomainSession({ store, schema: v.object({ cart: v.optional(v.array(v.string()), []) }) }).getSession()
  assertType<Equal<typeof valibot.data.cart, string[]>>()
  const arktype = await createCrossDomainSession({ store, schema: type({ cart: type('string[]').default(() => []) }) }).getSession()
  assertType<Equal<typeof arktype.data.cart, string[]>>()
  // @ts-expect-error a key that the schema does not have
  zod.get('basket')
  // @ts-expect-error a value that the schema does not take
  await zod.set('cart', 'tea')
}

export async function aSchemaGivesTheTypesOfAllOptions(): Promise<void> {
  const schema = z.object({ cart: z.array(z.string()).default([]), locale: z.enum(['en', 'de']).optional() })
  const kit = createCrossDomainSession({
    store,
    schema,
    localSchema: z.object({ currency: z.string().default('EUR') }),
    // What meets may lack what only a default says.
    merge: (kept, other) => ({ ...other, ...kept, cart: [...(kept.cart ?? []), ...(other.cart ?? [])] }),
    expose: (session) => {
      assertType<Equal<typeof session.data.cart, string[]>>()
      assertType<Equal<ReturnType<typeof session.get<'locale'>>, 'en' | 'de' | undefined>>()
      assertType<Equal<ReturnType<typeof session.local.get<'currency'>>, string>>()
      return { items: session.data.cart.length }
    },
    repairData: (data, issues, scope) => {
      assertType<Equal<typeof scope, 'shared' | 'local'>>()
      return issues.length > 1 ? {} : data
    },
  })
  assertType<Equal<Awaited<ReturnType<typeof kit.getSession>>['data']['cart'], string[]>>()
  await kit.sessions.createApiSession({ data: {} })
  await kit.sessions.createApiSession({ data: { locale: 'de' } })
  // @ts-expect-error a value that the schema does not take
  await kit.sessions.createApiSession({ data: { locale: 'fr' } })
  createCrossDomainSession({ store, schema, merge: mergeBy({ cart: union() }) })
  // @ts-expect-error a rule for lists on a key that is none
  createCrossDomainSession({ store, schema, merge: mergeBy({ locale: union() }) })
  // @ts-expect-error a value that the schema does not take
  createCrossDomainSession({ store, schema, merge: (kept) => ({ ...kept, cart: 'tea' }) })
  const valibot = createCrossDomainSession({ store, schema: v.object({ cart: v.optional(v.array(v.string()), []) }), expose: ({ data }) => ({ items: data.cart.length }) })
  await valibot.sessions.createApiSession({ data: {} })
  const arktype = createCrossDomainSession({ store, schema: type({ cart: type('string[]').default(() => []) }), expose: ({ data }) => ({ items: data.cart.length }) })
  await arktype.sessions.createApiSession({ data: {} })
  // What is named and has a schema is as the schema says.
  const named = createCrossDomainSession<{ cart: string[] }>({ store, schema: z.object({ cart: z.array(z.string()).default([]) }) })
  assertType<Equal<Awaited<ReturnType<typeof named.getSession>>['data']['cart'], string[]>>()
  // A domain's schema alone is enough for its own data.
  const own = await createCrossDomainSession({ store, localSchema: z.object({ currency: z.string().optional() }) }).getSession()
  assertType<Equal<ReturnType<typeof own.local.get<'currency'>>, string | undefined>>()
}

export async function routesAndOtherSessionsAreTyped(): Promise<void> {
  const { GET, OPTIONS } = route({ GET: (request, session) => Response.json({ url: request.url, cart: session.get('cart')?.length }) }, { cors: true })
  const handlersOfNext: ((request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>)[] = [GET, OPTIONS]
  void handlersOfNext
  await sessions.createApiSession({ userId: 'ada', data: { cart: ['tea'] }, days: 30 })
  await sessions.destroyAll('ada', { except: (await getSession()).fingerprint })
  const [device] = await sessions.list('ada')
  await device?.destroy()
  // @ts-expect-error a method that was not given
  void route({ GET: () => new Response() }).POST
  // @ts-expect-error data that is not Data
  await sessions.createApiSession({ data: { cart: 'tea' } })
  // @ts-expect-error a key that Data does not have
  await sessions.createApiSession({ data: { basket: ['tea'] } })
  // @ts-expect-error an option that login does not have
  await (await getSession()).login('ada', { rememberMe: true })
  // @ts-expect-error an option that destroyAll does not have
  await sessions.destroyAll('ada', { but: null })
  // @ts-expect-error a hash is not shown
  void device?.hash
}

export function everyClientOfRedisFits(): void {
  kvStore(kv)
  kvStore(new UpstashRedis({ url: '', token: '' }))
  kvStore(new Redis())
  kvStore(new Cluster([]))
  kvStore(createClient())
  kvStore(createCluster({ rootNodes: [] }))
  // @ts-expect-error no client
  kvStore({})
}

export async function aPageMayWantASettledSession(request: IncomingMessage, answer: ServerResponse): Promise<void> {
  const session = await getSession({ settled: true })
  assertType<Equal<typeof session, Awaited<ReturnType<typeof getSession>>>>()
  await getSession({})
  // @ts-expect-error true or false
  await getSession({ settled: 'yes' })
  // @ts-expect-error the Pages Router has no such option
  await getSession(request, answer, { settled: true })
}

export function aSnapshotIsWhatIsExposed(): void {
  const { session, refresh } = useSession<{ name: string }>()
  assertType<Equal<typeof session, { name: string } | null>>()
  void refresh()
}

export function aSnapshotThatIsNotNamedHoldsWhatIsUnknown(): void {
  const { session } = useSession()
  assertType<Equal<typeof session, Readonly<Record<string, unknown>> | null>>()
  // @ts-expect-error unknown is no text
  session?.['name'].trim()
  createCrossDomainSession({ store, expose: (): { readonly any: Date } => ({ any: new Date() }) })
}
