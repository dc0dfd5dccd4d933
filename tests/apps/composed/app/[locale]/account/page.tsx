import { headers } from 'next/headers'
import { shown } from '../../../session'

export default async function Page() {
  const user = (await headers()).get('x-user')
  return <p data-testid="shown">{JSON.stringify({ user, ...(await shown()) })}</p>
}
