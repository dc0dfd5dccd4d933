// Compiled by `npm run types`; nothing here runs. No call names a type: all of them come from session.ts.
import { createCrossDomainSession, type Register } from 'next-crossdomain-session'
import { useSession } from 'next-crossdomain-session/client'
import { getSession, route, store } from './session.js'

export function aSnapshotIsWhatIsRegistered(): string {
  const { session } = useSession()
  if (session === null) return ''
  const registered: Register['exposed'] = session
  // @ts-expect-error a field that is not exposed
  void session.email
  // @ts-expect-error what is exposed is not changed
  session.items = 1
  // @ts-expect-error a number is no text
  session.items.trim()
  return `${session.name?.trim()} ${registered.items.toFixed()}`
}

export function anotherSnapshotNamesItsType(): string | undefined {
  return useSession<{ readonly title: string }>({ path: '/other/crossdomain' }).session?.title
}

export function whatIsExposedIsWhatIsRegistered(): void {
  createCrossDomainSession({ store })
  createCrossDomainSession({ store, expose: async () => ({ name: 'Ada', items: 1 }) })
  // @ts-expect-error a field is missing
  createCrossDomainSession({ store, expose: () => ({ name: 'Ada' }) })
  // @ts-expect-error a value that its field does not take
  createCrossDomainSession({ store, expose: async (session) => ({ name: session.userId, items: session.get('cart') }) })
}

export async function aSessionNeedsNoAnnotation(): Promise<void> {
  const session = await getSession()
  session.data.cart?.map((sku) => sku.trim())
  session.get('cart')?.map((sku) => sku.trim())
  await session.set('cart', ['tea'])
  await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), 'tea'] }))
  await session.delete('cart')
  session.local.get('currency')?.toLowerCase()
  await session.local.update(() => ({ currency: 'CHF' }))
  await session.flash('ordered')
  for (const message of await session.takeFlash()) message.toUpperCase()
}

export async function aWrongKeyIsAnError(): Promise<void> {
  const session = await getSession()
  const { local } = session
  // @ts-expect-error read
  void session.data.basket
  // @ts-expect-error read
  session.get('basket')
  // @ts-expect-error written
  await session.set('basket', ['tea'])
  // @ts-expect-error deleted
  await session.delete('basket')
  // @ts-expect-error read and written
  await session.update((data) => ({ cart: data.basket }))
  // @ts-expect-error written
  await session.update((data) => ({ ...data, basket: ['tea'] }))
  // @ts-expect-error read
  void local.data.cart
  // @ts-expect-error read
  local.get('cart')
  // @ts-expect-error written
  await local.set('cart', ['tea'])
  // @ts-expect-error deleted
  await local.delete('cart')
  // @ts-expect-error written
  await local.update((data) => ({ ...data, cart: ['tea'] }))
  // @ts-expect-error a message of no such name
  await session.flash('order')
}

export const { GET, POST } = route({
  GET: async (_request, session, { params }) => Response.json([session.get('cart')?.length, session.local.get('currency'), Object.keys(await params)]),
  POST: async (_request, session) => {
    await session.flash('ordered')
    // @ts-expect-error a key that the data does not have
    session.get('basket')
    // @ts-expect-error a message of no such name
    await session.flash('order')
    return Response.json(await session.takeFlash())
  },
})
