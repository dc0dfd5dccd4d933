import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

/** In a global, because `next dev` loads this file anew for each route. */
const shared = globalThis as { store?: ReturnType<typeof countedStore> }

function countedStore() {
  const store = memoryStore()
  const counts = { reads: 0 }
  const read: typeof store.read = (...given) => {
    counts.reads += 1
    return store.read(...given)
  }
  return { counts, store: { ...store, read } }
}

const { counts, store } = (shared.store ??= countedStore())

export { counts }
export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({ store })
