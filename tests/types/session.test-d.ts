// Compiled by `scripts/check-types.mjs`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, type Store } from '../../src/index.js'
import { createMiddleware } from '../../src/middleware.js'
import { mergeBy, newest, sumQuantities, union } from '../../src/index.js'
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
  const run: (request: import('next/server.js').NextRequest) => Promise<Response> = middleware
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
  // @ts-expect-error a hash is not shown
  void device?.hash
}

export function mergeRulesFitTheirKeys(): void {
  interface Shop {
    cart: { sku: string; quantity: number }[]
    wishlist: readonly string[]
    address: { street: string; at: string }
  }
  createCrossDomainSession<Shop>({ store, merge: mergeBy<Shop>({ cart: sumQuantities('sku'), wishlist: union(), address: newest(({ at }) => at) }) })
  createCrossDomainSession<Shop>({ store, merge: mergeBy({ cart: sumQuantities('sku') }) })
  // @ts-expect-error a field that items do not have
  mergeBy<Shop>({ cart: sumQuantities('id') })
  // @ts-expect-error a rule for lists on a key that is none
  mergeBy<Shop>({ address: union() })
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

export function aSnapshotIsWhatIsExposed(): void {
  const { session, refresh } = useSession<{ name: string }>()
  assertType<Equal<typeof session, { name: string } | null>>()
  void refresh()
}
