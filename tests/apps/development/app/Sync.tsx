'use client'

import { useEffect, useState } from 'react'
import { CrossDomainSync, type SyncResult } from 'next-crossdomain-session/client'

/** The island, and what it was told. */
export function Sync() {
  const [results, setResults] = useState<readonly SyncResult[]>([])
  const [mounts, setMounts] = useState(0)
  useEffect(() => setMounts((known) => known + 1), [])
  return (
    <>
      <CrossDomainSync throttleSeconds={5} onResult={(result) => setResults((known) => [...known, result])} />
      <p data-testid="mounts">{mounts}</p>
      <ul>
        {results.map((result, index) => (
          <li key={index} data-testid="result">
            {result.result} by {'via' in result ? result.via : 'nothing'}
          </li>
        ))}
      </ul>
    </>
  )
}
