'use client'

import { useSession } from 'next-crossdomain-session/client'
import { useRouter } from 'next/navigation'
import { createContext, useCallback, useContext, useEffect, useMemo, useState } from 'react'
import type { ActionResult } from '../actions'
import type { Me } from '../me'
import { texts, type Texts } from '../texts'

interface Visitor {
  /** Null on a static page until the browser has asked. */
  readonly me: Me | null
  /** False if a guest may still turn out to be a user. */
  readonly isSettled: boolean
  readonly texts: Texts
  /** Code of the last write, if it failed. */
  readonly failure: string | null
  readonly run: (action: () => Promise<ActionResult>) => Promise<void>
}

const Context = createContext<Visitor | null>(null)

/** Dynamic pages give `initial`; static ones leave it null, and the browser asks for what the session exposes. */
export function MeProvider({
  initial,
  children,
}: {
  readonly initial: Me | null
  readonly children: React.ReactNode
}) {
  return initial === null ? (
    <StaticPage>{children}</StaticPage>
  ) : (
    <DynamicPage me={initial}>{children}</DynamicPage>
  )
}

function StaticPage({ children }: { readonly children: React.ReactNode }) {
  const { session, isSettled, refresh } = useSession()
  return (
    <Provider me={session} isSettled={isSettled} refresh={refresh}>
      {children}
    </Provider>
  )
}

function DynamicPage({ me, children }: { readonly me: Me; readonly children: React.ReactNode }) {
  const router = useRouter()
  // Another tab, or another domain, may have changed the session meanwhile.
  useEffect(() => {
    const look = () => router.refresh()
    addEventListener('focus', look)
    return () => removeEventListener('focus', look)
  }, [router])
  return (
    <Provider me={me} isSettled refresh={noRefresh}>
      {children}
    </Provider>
  )
}

/** The answer of an action brings the page with it. */
const noRefresh = async () => {}

function Provider({
  me,
  isSettled,
  refresh,
  children,
}: {
  readonly me: Me | null
  readonly isSettled: boolean
  readonly refresh: () => Promise<void>
  readonly children: React.ReactNode
}) {
  const [failure, setFailure] = useState<string | null>(null)
  const run = useCallback(
    async (action: () => Promise<ActionResult>) => {
      let result = await attempt(action)
      if (!result.ok && result.code === 'CDS302') {
        // The session changed while the request was on its way; the browser has the new cookie by now.
        await new Promise((resolve) => setTimeout(resolve, 300))
        result = await attempt(action)
      }
      setFailure(result.ok ? null : result.code)
      if (result.ok) await refresh()
    },
    [refresh],
  )
  useEffect(() => {
    if (me !== null) document.documentElement.lang = me.locale
  }, [me])
  const visitor = useMemo(
    () => ({ me, isSettled, texts: texts[me?.locale ?? 'en'], failure, run }),
    [me, isSettled, failure, run],
  )
  return <Context value={visitor}>{children}</Context>
}

/** A server that does not answer is a message too, not an error page. */
async function attempt(action: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    // An action that redirects answers nothing.
    return (await action()) ?? { ok: true }
  } catch (error) {
    // Next.js reads the way to the next page from what is thrown.
    if (error instanceof Error && 'digest' in error && String(error.digest).startsWith('NEXT_REDIRECT'))
      throw error
    return { ok: false, code: 'network' }
  }
}

export function useVisitor(): Visitor {
  const visitor = useContext(Context)
  if (visitor === null) throw new Error('useVisitor() belongs below <MeProvider>')
  return visitor
}
