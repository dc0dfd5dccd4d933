import { createCrossDomainSession, CrossDomainError, type Store } from 'next-crossdomain-session'

declare const EdgeRuntime: string | undefined

export interface Data {
  [key: string]: string
}

/** Two routes, one for each store, that show and write the session, and say where they run. */
export function kitOf(store: Store) {
  const kit = createCrossDomainSession<Data>({ store, onError: () => {} })
  const show = async (extra: object = {}) => {
    const { data, isNew, isAvailable } = await kit.getSession()
    return Response.json({
      data,
      isNew,
      isAvailable,
      runtime: typeof EdgeRuntime === 'string' ? EdgeRuntime : 'node',
      ...extra,
    })
  }
  return {
    ...kit,
    GET: () => show(),
    async POST(request: Request) {
      const { key, value } = (await request.json()) as { key: string; value: string }
      try {
        await (await kit.getSession()).set(key, value)
        return await show()
      } catch (error) {
        if (error instanceof CrossDomainError) return show({ code: error.code })
        throw error
      }
    },
  }
}
