import { CrossDomainError } from './catalogue.js'

/**
 * The default of `onError`. Drivers write what a query held into the texts of their errors: addresses, user
 * agents, hashes of keys, data. So of what a store threw this prints names, codes, the server's address and
 * the lines of code, and no text.
 */
export function printError(error: unknown): void {
  if (!(error instanceof CrossDomainError) || !error.code.startsWith('CDS3') || error.cause === undefined) {
    console.error(error)
    return
  }
  const causes = causesOf(error)
  const frames = causes.at(-1)?.stack?.match(/^ {4}at .*$/gm) ?? []
  console.error([`${error.message} Cause: ${causes.map(nameOf).join(', by ')}.`, ...frames].join('\n'))
}

/** What an error came of, the nearest first. */
function causesOf({ cause }: Error): Error[] {
  const found: Error[] = []
  let next: unknown = cause
  while (next instanceof Error && found.length < 5) {
    found.push(next)
    // Of a server with several addresses, none answered.
    next = next instanceof AggregateError ? next.errors[0] : next.cause
  }
  return found
}

/** For example `Error ECONNREFUSED 127.0.0.1:5432`, or `DatabaseError 42P01`. */
function nameOf(error: Error): string {
  const { code, address, port } = error as Partial<Record<'code' | 'address' | 'port', unknown>>
  const words = [error.name, code, typeof address === 'string' ? `${address}:${String(port)}` : undefined]
  return words.filter((word) => typeof word === 'string' && /^[\w.:-]{1,60}$/.test(word)).join(' ')
}
