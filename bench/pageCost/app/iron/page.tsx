import { getIronSession } from 'iron-session'
import { cookies } from 'next/headers'
import { ironOptions, type IronData } from '../../iron'
import { Page } from '../../Page'

/** All data is in the cookie, and there is no store to ask. */
export default async function WithIron() {
  const session = await getIronSession<IronData>(await cookies(), ironOptions)
  return <Page userId={session.userId ?? null} cart={session.cart ?? {}} />
}
