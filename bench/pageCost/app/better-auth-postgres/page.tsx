import { headers } from 'next/headers'
import { betterAuths } from '../../auths'
import { Page } from '../../Page'

export default async function WithBetterAuth() {
  const session = await betterAuths['better-auth-postgres'].api.getSession({ headers: await headers() })
  return <Page userId={session?.user.name ?? null} cart={{}} />
}
