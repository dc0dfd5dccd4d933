import type { Metadata } from 'next'
import Link from 'next/link'
import { brandOf, brands } from '../../brands'
import { order } from '../../actions'
import { ActionButton } from '../../components/ActionButton'
import { CartLine } from '../../components/CartLine'
import { Shell } from '../../components/Shell'
import { Flash } from '../../components/Flash'
import { products } from '../../data'
import { meOf } from '../../me'
import { getSession } from '../../session'
import { formatPrice, texts } from '../../texts'

export async function generateMetadata(): Promise<Metadata> {
  const session = await getSession()
  return { title: `${texts[meOf(session).locale].cart} · ${brands[brandOf(session.domain)].name}` }
}

export default async function CartPage() {
  const session = await getSession()
  const me = meOf(session)
  const t = texts[me.locale]
  const notices = await session.takeFlash()
  const cart = session.get('cart') ?? {}
  const lines = products
    .filter(({ id }) => id in cart)
    .map((product) => ({ product, quantity: cart[product.id] ?? 0 }))
  const total = lines.reduce((sum, { product, quantity }) => sum + product.cents * quantity, 0)
  return (
    <Shell brand={brandOf(session.domain)} me={me}>
      <Flash notices={notices} />
      <h1>{t.cart}</h1>
      {lines.length === 0 ? (
        <p className="empty">
          {t.empty}{' '}
          <Link href="/" prefetch={false}>
            {t.toShop}
          </Link>
        </p>
      ) : (
        <>
          <ul className="lines">
            {lines.map(({ product, quantity }) => (
              <CartLine key={product.id} product={product} quantity={quantity} />
            ))}
          </ul>
          <p className="total">
            {t.total} <strong>{formatPrice(total, me.locale, me.currency)}</strong>
          </p>
          <div className="order">
            {!me.isPrimary && <small>{t.orderHint}</small>}
            <ActionButton className="primary" action={order} testId="order">
              {t.order}
            </ActionButton>
          </div>
        </>
      )}
      <label className="note">
        {t.note}
        <input data-testid="note" name="note" maxLength={120} autoComplete="off" />
        <small>{t.noteHint}</small>
      </label>
    </Shell>
  )
}
