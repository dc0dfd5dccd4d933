'use client'

import { useState, useTransition } from 'react'
import { createToken } from '../actions'
import { useVisitor } from './MeProvider'

/** Makes a token for a program, and shows it this once. */
export function TokenMaker() {
  const { me, texts: t } = useVisitor()
  const [made, setMade] = useState<Awaited<ReturnType<typeof createToken>> | null>(null)
  const [isPending, start] = useTransition()
  return (
    <div className="token">
      <button
        type="button"
        data-testid="create-token"
        aria-busy={isPending}
        disabled={isPending}
        onClick={() => start(async () => setMade(await createToken()))}
      >
        {t.createToken}
      </button>
      {made !== null && 'code' in made && (
        <p className="alert" role="alert">
          {made.code === 'signed-out' ? (
            t.tokenNeedsUser
          ) : (
            <>
              {t.failed} <small>{made.code}</small>
            </>
          )}
        </p>
      )}
      {made !== null && 'token' in made && (
        <>
          <p role="status">{t.tokenOnce}</p>
          <code data-testid="token">{made.token}</code>
          <pre>{`curl ${me?.domain}/api/cart \\\n  -H 'Authorization: Bearer ${made.token}'`}</pre>
        </>
      )}
    </div>
  )
}
