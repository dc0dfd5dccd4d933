import { CrossDomainError } from '../errors/catalogue.js'
import type { NowOrLater } from '../values/later.js'

/** Whatever a driver throws means that the store did not answer. */
export function storeError(cause: unknown): CrossDomainError {
  return cause instanceof CrossDomainError ? cause : new CrossDomainError('CDS301', undefined, { cause })
}

/**
 * Runs an operation of the store for the application.
 * @throws {CrossDomainError} `CDS301` for whatever a driver throws.
 */
export async function storeCall<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw storeError(cause)
  }
}

/** The same for the kit itself: null if there is no answer. The reason is reported, and not shown. */
export async function orReport<T>(
  config: { reportError(error: unknown): void },
  call: () => NowOrLater<T>,
): Promise<T | null> {
  try {
    return await call()
  } catch (cause) {
    config.reportError(storeError(cause))
    return null
  }
}
