// Compiled by `scripts/check-types.mjs`; nothing here runs. A line under @ts-expect-error has to be refused.
import { createCrossDomainSession, type Store } from '../../src/index.js'
import { createMiddleware } from '../../src/middleware.js'

interface Data {
  cart: string[]
  theme: 'light' | 'dark'
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const assertType = <T extends true>(): T | void => {}

declare const store: Store
const { getSession, handlers, proxy, middleware } = createCrossDomainSession<Data>({
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
