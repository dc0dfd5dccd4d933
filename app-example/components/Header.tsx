'use client'

import Link from 'next/link'
import { setLocale, signIn, signOut } from '../actions'
import { brands, type BrandId } from '../brands'
import { locales } from '../data'
import { ActionButton } from './ActionButton'
import { useVisitor } from './MeProvider'

export function Header({ brand }: { readonly brand: BrandId }) {
  const { me, texts: t, hasFailed } = useVisitor()
  return (
    <header>
      <div className="bar">
        <a className="brand" href="/">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <path d={brands[brand].mark} />
          </svg>
          {brands[brand].name}
        </a>
        <nav>
          <Link href="/cart" prefetch={false}>
            {t.cart}
            <span className="count" data-testid="cart-count" aria-busy={me === null}>
              {me?.cartCount ?? 0}
            </span>
          </Link>
          <Link href="/account" prefetch={false} className="user" aria-busy={me === null}>
            <span data-testid="user">{me?.user ?? t.guest}</span>
          </Link>
        </nav>
      </div>
      <div className="bar tools">
        <div className="locales" role="group" aria-label={t.language}>
          {locales.map((locale) => (
            <ActionButton key={locale} action={() => setLocale(locale)} lang={locale} aria-pressed={(me?.locale ?? 'en') === locale}>
              {locale.toUpperCase()}
            </ActionButton>
          ))}
        </div>
        <div className="sign">
          {me?.user ? (
            <ActionButton action={() => signOut()} testId="sign-out">
              {t.signOut}
            </ActionButton>
          ) : (
            <>
              <span>{t.signIn}</span>
              <ActionButton action={() => signIn('ada')} testId="sign-in-ada">
                Ada
              </ActionButton>
              <ActionButton action={() => signIn('grace')} testId="sign-in-grace">
                Grace
              </ActionButton>
            </>
          )}
        </div>
      </div>
      {hasFailed && (
        <p className="alert" role="alert">
          {t.failed}
        </p>
      )}
      {me?.isAvailable === false && (
        <p className="alert" role="status">
          {t.down}
        </p>
      )}
    </header>
  )
}
