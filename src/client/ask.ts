import { newParameter, type OnPrimary, type Outcome } from '../shared/wire.js'
import { readSyncCookie } from './agreements.js'

/** What came of a question. An error if there was no answer, or none of the kit. */
export type Asked = Outcome | OnPrimary | Error

/**
 * One `fetch` that follows the whole chain; seals are only ever in headers that script cannot read. On the
 * first page the browser has begun it already, because of the `Link` header, and gives the answer to a fetch
 * with these options.
 */
export async function ask(path: string): Promise<Asked> {
  try {
    const response = await fetch(path + '/start' + (readSyncCookie() ? '' : '?' + newParameter), {
      credentials: 'include',
      signal: AbortSignal.timeout(20_000),
    })
    const outcome = (await response.json()) as Outcome | OnPrimary
    // A gateway in between may answer in JSON, too.
    return outcome.result ? outcome : new Error()
  } catch (error) {
    return error as Error
  }
}
