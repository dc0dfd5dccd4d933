'use client'

import { useSession } from 'next-crossdomain-session/client'

export function Exposed() {
  const { session } = useSession<{ userId: string | null }>()
  return <p data-testid="exposed">{session?.userId ?? 'guest'}</p>
}
