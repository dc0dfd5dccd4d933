import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

export const { getSession, handlers } = createCrossDomainSession({ store: memoryStore() })
