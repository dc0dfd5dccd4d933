'use client'

import { useEffect, useState } from 'react'
import type { Notice } from '../data'
import { useVisitor } from './MeProvider'

/** Messages that the session kept for this page. The session gives each out once; they stay until the visitor leaves the page. */
export function Flash({ notices }: { readonly notices: readonly Notice[] }) {
  const { texts: t } = useVisitor()
  const [shown, setShown] = useState(notices)
  useEffect(() => {
    if (notices.length > 0) setShown(notices)
  }, [notices])
  return shown.map((notice) => (
    <p key={notice} className="alert flash" role="status" data-testid="flash">
      {t.notices[notice]}
    </p>
  ))
}
