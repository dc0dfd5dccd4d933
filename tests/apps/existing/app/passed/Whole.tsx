'use client'

import type { Session } from 'next-crossdomain-session'

export function Whole({ session }: { readonly session: Pick<Session, 'userId'> }) {
  return <p>{session.userId ?? 'guest'}</p>
}
