import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'
import { writeLate } from '../../../stream'

export const runtime = 'edge'

const { route } = createCrossDomainSession<{ a: string }>({ store: memoryStore() })

export const { GET } = route({ GET: (_, session) => writeLate(session) })
