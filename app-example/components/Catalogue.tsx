'use client'

import { addToCart } from '../actions'
import { products } from '../data'
import { formatPrice } from '../texts'
import { ActionButton } from './ActionButton'
import { useVisitor } from './MeProvider'

/** What the three brands have in common, in the visitor's language. */
export function Shared() {
  return <p>{useVisitor().texts.shared}</p>
}

export function Catalogue() {
  const { me, texts: t } = useVisitor()
  return (
    <ul className="products">
      {products.map(({ id, name, note, cents, drawing }, index) => (
        <li key={id}>
          <svg viewBox="0 0 64 64" aria-hidden="true">
            <path d={drawing} />
          </svg>
          <h2>{name}</h2>
          <p>{note}</p>
          <div className="buy">
            <span>{formatPrice(cents, me?.locale ?? 'en', me?.currency ?? 'EUR')}</span>
            <ActionButton
              className="primary"
              action={() => addToCart(id)}
              testId={index === 0 ? 'add-to-cart' : undefined}
              aria-label={`${t.add}: ${name}`}
            >
              {t.add}
            </ActionButton>
          </div>
        </li>
      ))}
    </ul>
  )
}
