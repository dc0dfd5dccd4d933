import type { Metadata } from 'next'
import Link from 'next/link'
import { brandIds, brandOf, brands } from '../../brands'
import { Shell } from '../../components/Shell'
import { meOf } from '../../me'
import { getSession } from '../../session'
import { texts } from '../../texts'

export async function generateMetadata(): Promise<Metadata> {
  const session = await getSession()
  return { title: `${texts[meOf(session).locale].account} · ${brands[brandOf(session.domain)].name}` }
}

export default async function AccountPage() {
  const session = await getSession()
  const me = meOf(session)
  const t = texts[me.locale]
  return (
    <Shell brand={brandOf(session.domain)} me={me}>
      <h1>{me.user ?? t.account}</h1>
      <p className="empty">{me.user === null ? t.signedOut : t.signedIn}</p>
      <dl className="facts">
        <dt>{t.cart}</dt>
        <dd>
          <Link href="/cart" prefetch={false}>
            {t.items(me.cartCount)}
          </Link>
        </dd>
        <dt>{t.language}</dt>
        <dd>{t.name}</dd>
        <dt>{t.shops}</dt>
        <dd>{brandIds.map((id) => brands[id].name).join(', ')}</dd>
      </dl>
    </Shell>
  )
}
