'use client'

import { useAgreement } from 'next-crossdomain-session/client'
import { useRouter } from 'next/navigation'
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react'
import type { ActionResult } from '../actions'
import type { Me } from '../me'
import { texts, type Texts } from '../texts'

interface Visitor {
  /** Null on a static page until the browser has asked. */
  readonly me: Me | null
  readonly texts: Texts
  /** Code of the last write, if it failed. */
  readonly failure: string | null
  readonly run: (action: () => Promise<ActionResult>) => Promise<void>
}

const Context = createContext<Visitor | null>(null)

/** What the page before this one knew, so that a click on a link does not empty the header. */
let lastKnown: Me | null = null

/** Dynamic pages give `initial`; static ones leave it null, and the browser asks `/api/me`. */
export function MeProvider({ initial, children }: { readonly initial: Me | null; readonly children: React.ReactNode }) {
  const router = useRouter()
  const [fetched, setFetched] = useState(lastKnown)
  const [failure, setFailure] = useState<string | null>(null)
  const isStatic = initial === null
  const agreedAt = useAgreement()?.at
  /** Counts what was asked; an answer that something later has overtaken is dropped. */
  const turn = useRef(0)

  const load = useCallback(async () => {
    const own = ++turn.current
    try {
      const response = await fetch('/api/me')
      if (response.ok && own === turn.current) setFetched((await response.json()) as Me)
    } catch {
      // Offline, or the page is gone: what is shown stays.
    }
  }, [])

  useEffect(() => {
    if (isStatic) void load()
  }, [isStatic, agreedAt, load])

  // Another tab, or another domain, may have changed the session meanwhile.
  useEffect(() => {
    const look = () => (isStatic ? void load() : router.refresh())
    addEventListener('focus', look)
    return () => removeEventListener('focus', look)
  }, [isStatic, load, router])

  const run = useCallback(async (action: () => Promise<ActionResult>) => {
    const own = ++turn.current
    let result = await attempt(action)
    if (!result.ok && result.code === 'CDS302') {
      // The session changed while the request was on its way; the browser has the new cookie by now.
      await new Promise((resolve) => setTimeout(resolve, 300))
      result = await attempt(action)
    }
    setFailure(result.ok ? null : result.code)
    if (!result.ok) return
    setFetched(result.me)
    // An exchange ran meanwhile, and this answer may be from before it.
    if (own !== turn.current) void load()
  }, [load])

  const me = initial ?? fetched
  useEffect(() => {
    lastKnown = me
    if (me !== null) document.documentElement.lang = me.locale
  }, [me])
  const visitor = useMemo(() => ({ me, texts: texts[me?.locale ?? 'en'], failure, run }), [me, failure, run])
  return <Context value={visitor}>{children}</Context>
}

/** A server that does not answer is a message too, not an error page. */
async function attempt(action: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await action()
  } catch {
    return { ok: false, code: 'network' }
  }
}

export function useVisitor(): Visitor {
  const visitor = useContext(Context)
  if (visitor === null) throw new Error('useVisitor() belongs below <MeProvider>')
  return visitor
}
