'use client'

import { setQuantity } from '../actions'
import type { Product } from '../data'
import { formatPrice } from '../texts'
import { ActionButton } from './ActionButton'
import { useVisitor } from './MeProvider'

export function CartLine({ product, quantity }: { readonly product: Product; readonly quantity: number }) {
  const { me, texts: t } = useVisitor()
  const { id, name, drawing, cents } = product
  return (
    <li>
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <path d={drawing} />
      </svg>
      <span className="name">{name}</span>
      <div className="quantity">
        <ActionButton action={() => setQuantity(id, quantity - 1)} aria-label={`${t.less}: ${name}`}>
          −
        </ActionButton>
        <span data-testid={`quantity-${id}`}>{quantity}</span>
        <ActionButton action={() => setQuantity(id, quantity + 1)} aria-label={`${t.more}: ${name}`}>
          +
        </ActionButton>
        <ActionButton
          className="remove"
          action={() => setQuantity(id, 0)}
          aria-label={`${t.remove}: ${name}`}
        >
          {t.remove}
        </ActionButton>
      </div>
      <span className="price">
        {formatPrice(cents * quantity, me?.locale ?? 'en', me?.currency ?? 'EUR')}
      </span>
    </li>
  )
}
