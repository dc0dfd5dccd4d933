import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

export const { getSession, proxy } = createCrossDomainSession({ store: memoryStore() })
