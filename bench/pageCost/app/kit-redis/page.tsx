import { onRedis } from '../../kits'
import { Page } from '../../Page'

export default async function WithKit() {
  const session = await onRedis.getSession()
  return <Page userId={session.userId} cart={session.get('cart') ?? {}} />
}
