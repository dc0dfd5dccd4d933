import { CrossDomainError } from './errors.js'

/** Runs an operation of the store for the application. @throws {CrossDomainError} `CDS301` for whatever a driver throws. */
export async function askStore<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    throw cause instanceof CrossDomainError ? cause : new CrossDomainError('CDS301', undefined, { cause })
  }
}
