import { CrossDomainError } from './errors/catalogue.js'

/** How long a session lives, by the store's clock. */
export interface Lifetime {
  /** Seconds without a request after which the session expires. */
  readonly idleSeconds: number
  /** Seconds after its creation, or the last sign-in, at which it expires in any case. */
  readonly absoluteSeconds: number
}

/** A hundred years. Longer is a mistake, such as milliseconds, and not every store can hold such a date. */
export const maxLifetimeSeconds = 36_525 * 86_400

/** @throws {CrossDomainError} `CDS110`. */
export function parseLifetime(
  input: Partial<Pick<Lifetime, 'idleSeconds' | 'absoluteSeconds'>> | undefined,
): Lifetime {
  const idleSeconds = parseCount(input?.idleSeconds ?? 30 * 86_400, 'idleSeconds', maxLifetimeSeconds)
  const absoluteSeconds = parseCount(
    input?.absoluteSeconds ?? Math.max(365 * 86_400, idleSeconds),
    'absoluteSeconds',
    maxLifetimeSeconds,
  )
  if (idleSeconds > absoluteSeconds)
    throw new CrossDomainError('CDS110', 'idleSeconds is longer than absoluteSeconds')
  return { idleSeconds, absoluteSeconds }
}

/** @throws {CrossDomainError} `CDS110`. */
export function parseCount(input: number, name: string, max = Number.MAX_SAFE_INTEGER): number {
  if (!Number.isInteger(input) || input <= 0 || input > max)
    throw new CrossDomainError('CDS110', `${name} is ${input}`)
  return input
}
