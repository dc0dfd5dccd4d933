'use client'

import { useSession } from 'next-crossdomain-session/client'

const path = process.env.NEXT_PUBLIC_CROSSDOMAIN_PATH ?? '/crossdomain'

export function Exposed() {
  const { session } = useSession<{ userId: string | null }>({ path })
  return <p data-testid="exposed">{session?.userId ?? 'guest'}</p>
}
