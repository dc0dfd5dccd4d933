import { auth } from '../../../auth'
import { shown } from '../../../session'

export default async function Page() {
  const member = (await auth())?.user?.name
  return <p data-testid="shown">{JSON.stringify({ member, ...(await shown()) })}</p>
}
