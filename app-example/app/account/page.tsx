import type { Metadata } from 'next'
import Link from 'next/link'
import { signInToAccount } from '../../actions'
import { brandIds, brandOf, brands } from '../../brands'
import { ActionButton } from '../../components/ActionButton'
import { Devices, type Device } from '../../components/Devices'
import { Flash } from '../../components/Flash'
import { Shell } from '../../components/Shell'
import { TokenMaker } from '../../components/TokenMaker'
import { users } from '../../data'
import { meOf } from '../../me'
import { getSession, sessions } from '../../session'
import { texts } from '../../texts'

export async function generateMetadata(): Promise<Metadata> {
  const session = await getSession()
  return { title: `${texts[meOf(session).locale].account} · ${brands[brandOf(session.domain)].name}` }
}

export default async function AccountPage() {
  const session = await getSession()
  const me = meOf(session)
  const t = texts[me.locale]
  const notices = await session.takeFlash()
  return (
    <Shell brand={brandOf(session.domain)} me={me}>
      <Flash notices={notices} />
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
      <p>
        {/* No <Link>: a page that the router shows does not wait for a settled session. */}
        <a href="/orders">{t.orders}</a>
      </p>
      {session.userId === null && !me.isPrimary && (
        <>
          <h2>{t.signInThere}</h2>
          <p className="empty">{t.accountHint}</p>
          <div className="choices">
            {Object.entries(users).map(([id, name]) => (
              <ActionButton key={id} action={signInToAccount.bind(null, id)} testId={`account-${id}`}>
                {name}
              </ActionButton>
            ))}
          </div>
        </>
      )}
      {session.userId !== null && (
        <>
          <h2>{t.devices}</h2>
          <Devices devices={await devicesOf(session.userId, session.fingerprint)} />
          <h2>{t.tokens}</h2>
          <p className="empty">{t.tokensHint}</p>
          <TokenMaker />
        </>
      )}
    </Shell>
  )
}

async function devicesOf(userId: string, current: string | null): Promise<Device[]> {
  const list = await sessions.list(userId)
  return list.map(({ destroy: _, ...device }) => ({ ...device, isCurrent: device.fingerprint === current }))
}
