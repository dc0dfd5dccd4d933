import type { Answer } from '../core/exchange/answer.js'
import type { Store } from '../core/store/store.js'
import { isLater, type NowOrLater } from '../core/values/later.js'

/** The parts of `@opentelemetry/api` that are used here. */
interface Telemetry {
  readonly trace: {
    getTracer(name: string): { startSpan(name: string): Span }
    setSpan(context: unknown, span: Span): unknown
  }
  readonly context: { active(): unknown; with<T>(context: unknown, run: () => T): T }
  readonly metrics: {
    getMeter(name: string): { createCounter(name: string, options: { description: string }): Counter }
  }
}

interface Span {
  /** False if nobody listens. */
  isRecording(): boolean
  recordException(error: Told): void
  setStatus(status: { code: number }): void
  end(): void
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

let telemetry: NowOrLater<Telemetry | null> | undefined
let counter: Counter | undefined

/**
 * Loads it if the application has installed it, or if Next.js brings its own. The kit does not depend on it.
 */
function load(): NowOrLater<Telemetry | null> {
  return (telemetry ??= import('@opentelemetry/api').then(
    (api) => (telemetry = api as unknown as Telemetry),
    () => (telemetry = null),
  ))
}

function inSpan<T>(title: string, run: () => Promise<T>): Promise<T> {
  const loaded = load()
  return isLater(loaded) ? loaded.then((api) => spanOf(api, title, run)) : spanOf(loaded, title, run)
}

function spanOf<T>(api: Telemetry | null, title: string, run: () => Promise<T>): Promise<T> {
  const span = api?.trace.getTracer(name).startSpan(`crossdomain ${title}`)
  if (api === null || span?.isRecording() !== true) return run()
  return api.context.with(api.trace.setSpan(api.context.active(), span), async () => {
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
  return {
    read: (ids) => inSpan('store.read', () => store.read(ids)),
    swap: (changes, thenRead) => inSpan('store.swap', () => store.swap(changes, thenRead)),
    listUser: (userId) => inSpan('store.listUser', () => store.listUser(userId)),
    sweep: (limit) => inSpan('store.sweep', () => store.sweep(limit)),
  }
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
