import type { Metadata } from 'next'
import { brandOf } from '../../brands'
import { Shell } from '../../components/Shell'
import { meOf } from '../../me'
import { getSession } from '../../session'
import { texts } from '../../texts'

export const metadata: Metadata = { title: 'Account' }

export default async function AccountPage() {
  const session = await getSession()
  const me = meOf(session)
  const t = texts[me.locale]
  return (
    <Shell brand={brandOf(session.domain)} me={me}>
      <h1>{me.user ?? t.account}</h1>
      <p className="empty">{me.user === null ? t.signedOut : t.signedIn}</p>
    </Shell>
  )
}
