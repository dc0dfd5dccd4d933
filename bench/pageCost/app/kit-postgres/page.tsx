import { onPostgres } from '../../kits'
import { Page } from '../../Page'

export default async function WithKit() {
  const session = await onPostgres.getSession()
  return <Page userId={session.userId} cart={session.get('cart') ?? {}} />
}
