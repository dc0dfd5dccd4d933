import { createCrossDomainSession, mergeBy, union } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'
import { adopt } from '../../next/movingIn/ironSession'

export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({
  store: memoryStore(),
  merge: mergeBy<{ cart: string[] }>({ cart: union() }),
  adopt,
})
