import { auth } from '../../auths'
import { Page } from '../../Page'

export default async function WithAuthJs() {
  const session = await auth()
  return <Page userId={session?.user?.name ?? null} cart={{}} />
}
