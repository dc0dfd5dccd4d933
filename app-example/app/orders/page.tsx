import { Shell } from '../../components/Shell'
import { brandOf } from '../../brands'
import { meOf } from '../../me'
import { getSession } from '../../session'
import { texts } from '../../texts'

export default async function OrdersPage() {
  // Who is signed in on another shop should never be asked here to sign in: the exchange goes first.
  const session = await getSession({ settled: true })
  const me = meOf(session)
  const t = texts[me.locale]
  return (
    <Shell brand={brandOf(session.domain)} me={me}>
      <h1>{t.orders}</h1>
      <p className="empty">{me.user === null ? t.signedOut : t.noOrders}</p>
    </Shell>
  )
}
