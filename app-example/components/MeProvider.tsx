'use client'

import { useAgreement } from 'next-crossdomain-session/client'
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import type { ActionResult } from '../actions'
import type { Me } from '../me'
import { texts, type Texts } from '../texts'

interface Visitor {
  /** Null on a static page until the browser has asked. */
  readonly me: Me | null
  readonly texts: Texts
  /** True after a write that failed. */
  readonly hasFailed: boolean
  readonly run: (action: () => Promise<ActionResult>) => Promise<void>
}

const Context = createContext<Visitor | null>(null)

/** Dynamic pages give `initial`; static ones leave it null, and the browser asks `/api/me`. */
export function MeProvider({ initial, children }: { readonly initial: Me | null; readonly children: React.ReactNode }) {
  const [fetched, setFetched] = useState<Me | null>(null)
  const [hasFailed, setHasFailed] = useState(false)
  const isStatic = initial === null
  const agreedAt = useAgreement()?.at

  useEffect(() => {
    if (!isStatic) return
    const controller = new AbortController()
    const load = async () => {
      try {
        const response = await fetch('/api/me', { signal: controller.signal })
        if (response.ok) setFetched((await response.json()) as Me)
      } catch {
        // Offline, or the page is gone: what is shown stays.
      }
    }
    void load()
    addEventListener('focus', load)
    return () => {
      controller.abort()
      removeEventListener('focus', load)
    }
  }, [isStatic, agreedAt])

  const run = useCallback(async (action: () => Promise<ActionResult>) => {
    let result = await action()
    if (!result.ok && result.code === 'CDS302') {
      // The session changed while the request was on its way; the browser has the new cookie by now.
      await new Promise((resolve) => setTimeout(resolve, 300))
      result = await action()
    }
    setHasFailed(!result.ok)
    if (result.ok) setFetched(result.me)
  }, [])

  const me = initial ?? fetched
  const visitor = useMemo(() => ({ me, texts: texts[me?.locale ?? 'en'], hasFailed, run }), [me, hasFailed, run])
  return <Context value={visitor}>{children}</Context>
}

export function useVisitor(): Visitor {
  const visitor = useContext(Context)
  if (visitor === null) throw new Error('useVisitor() belongs below <MeProvider>')
  return visitor
}
