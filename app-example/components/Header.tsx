'use client'

import Link from 'next/link'
import { setCurrency, setLocale, signIn, signOut } from '../actions'
import { brands, type BrandId } from '../brands'
import { currencies, locales, users } from '../data'
import { ActionButton } from './ActionButton'
import { useVisitor } from './MeProvider'

export function Header({ brand }: { readonly brand: BrandId }) {
  const { me, isSettled, texts: t, failure } = useVisitor()
  const isGuest = me !== null && me.user === null
  // Whoever opens a page gets a cookie; who comes without one has refused it.
  const hasCookies = me === null || !me.isAvailable || me.domain === null || me.fingerprint !== null
  return (
    <header>
      <div className="bar">
        <Link className="brand" href="/" prefetch={false}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d={brands[brand].mark} />
          </svg>
          {brands[brand].name}
        </Link>
        <nav>
          <Link href="/cart" prefetch={false}>
            {t.cart}
            <span className="count" data-testid="cart-count" aria-busy={me === null}>
              {me?.cartCount ?? 0}
            </span>
          </Link>
          <Link href="/account" prefetch={false} className="user" aria-busy={!isSettled}>
            <span data-testid="user">{me?.user ?? t.guest}</span>
          </Link>
        </nav>
      </div>
      <div className="bar tools">
        <div className="locales" role="group" aria-label={t.language}>
          {locales.map((locale) => (
            <ActionButton
              key={locale}
              action={() => setLocale(locale)}
              lang={locale}
              aria-pressed={(me?.locale ?? 'en') === locale}
            >
              {locale.toUpperCase()}
            </ActionButton>
          ))}
        </div>
        <div className="locales" role="group" aria-label={t.currency}>
          {currencies.map((currency) => (
            <ActionButton
              key={currency}
              action={() => setCurrency(currency)}
              testId={`currency-${currency}`}
              aria-pressed={(me?.currency ?? 'EUR') === currency}
            >
              {currency}
            </ActionButton>
          ))}
        </div>
        <div className="sign" role="group" aria-label={t.signIn}>
          <span aria-hidden="true">{t.signIn}</span>
          {Object.entries(users).map(([id, name]) => (
            <ActionButton
              key={id}
              action={() => signIn(id)}
              testId={`sign-in-${id}`}
              aria-pressed={me?.user === name}
            >
              {name.split(' ')[0]}
            </ActionButton>
          ))}
          <ActionButton action={() => signOut()} testId="sign-out" disabled={isGuest}>
            {t.signOut}
          </ActionButton>
        </div>
      </div>
      {!hasCookies && (
        <p className="alert" role="status" data-testid="cookies-off">
          {t.cookiesOff}
        </p>
      )}
      {me?.isAvailable === false && (
        <p className="alert" role="status">
          {t.down}
        </p>
      )}
      {failure !== null && (
        <p className="alert toast" role="alert" data-testid="failure">
          {t.failed} <small>{failure}</small>
        </p>
      )}
    </header>
  )
}
