import type { Answer } from '../core/exchange/answer.js'
import type { Store } from '../core/store/store.js'

/** The parts of `@opentelemetry/api` that are used here. */
interface Telemetry {
  readonly trace: {
    getTracer(name: string): {
      startActiveSpan<T>(
        name: string,
        run: (span: {
          recordException(error: Told): void
          setStatus(status: { code: number }): void
          end(): void
        }) => T,
      ): T
    }
  }
  readonly metrics: {
    getMeter(name: string): { createCounter(name: string, options: { description: string }): Counter }
  }
}

/** What a trace shows of an error. */
interface Told {
  readonly name: string
  readonly message?: string
}

interface Counter {
  add(value: number, attributes: Record<string, string>): void
}

const name = 'next-crossdomain-session'
/** `SpanStatusCode.ERROR` of the API. */
const errorStatus = 2

let loading: Promise<Telemetry | null> | undefined
let counter: Counter | undefined

/**
 * Loads it if the application has installed it, or if Next.js brings its own. The kit does not depend on it.
 */
function load(): Promise<Telemetry | null> {
  return (loading ??= import('@opentelemetry/api').then(
    (api) => api as unknown as Telemetry,
    () => null,
  ))
}

async function inSpan<T>(title: string, run: () => Promise<T>): Promise<T> {
  const api = await load()
  if (api === null) return run()
  return api.trace.getTracer(name).startActiveSpan(`crossdomain ${title}`, async (span) => {
    try {
      return await run()
    } catch (error) {
      span.recordException(describe(error))
      span.setStatus({ code: errorStatus })
      throw error
    } finally {
      span.end()
    }
  })
}

/**
 * The name and the code of an error, such as the SQLSTATE of a driver. Texts stay out, because drizzle-orm's
 * list the parameters of a query, which are data, addresses and user ids.
 */
function describe(error: unknown): Told {
  const name = error instanceof Error ? error.name : 'Error'
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && typeof cause.code === 'string' && /^\w{1,40}$/.test(cause.code))
      return { name, message: cause.code }
  }
  return { name }
}

/** One span for every operation of the store. */
export function traced(store: Store): Store {
  return new Proxy(store, {
    get(target, key: keyof Store) {
      const method: unknown = target[key]
      if (typeof method !== 'function') return method
      return (...args: unknown[]) =>
        inSpan(`store.${key}`, () => (method as (...all: unknown[]) => Promise<unknown>).apply(target, args))
    },
  })
}

/** One span for every request of the exchange, and a counter `crossdomain.exchange` by action and result. */
export async function observed(action: string, run: () => Promise<Answer>): Promise<Answer> {
  const answer = await inSpan(`exchange.${action}`, run)
  const api = await load()
  counter ??= api?.metrics
    .getMeter(name)
    .createCounter('crossdomain.exchange', { description: 'Requests of the exchange, by action and result.' })
  const outcome = answer.kind === 'script' ? undefined : answer.outcome
  const result = outcome?.result ?? answer.kind
  const code = outcome?.result === 'error' ? { code: outcome.code } : {}
  counter?.add(1, { action, result, ...code })
  return answer
}
