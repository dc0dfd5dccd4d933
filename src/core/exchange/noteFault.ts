import { CrossDomainError, type AnswerCode } from '../errors/catalogue.js'
import { noteUnlistedHost } from '../request/unlistedHost.js'
import type { Exchange } from './answer.js'

/**
 * Tells the application, once, of a refusal that a mistake in its set-up brings about for every visitor. The
 * browser is told the code alone, and in production nobody looks there.
 */
export function noteFault(
  { config, domains, request, self }: Exchange,
  action: string,
  code: AnswerCode,
): void {
  const seal = code === 'CDS405' ? 'claim' : code === 'CDS408' ? 'ticket' : null
  if (self === null) noteUnlistedHost(config, domains, request.headers, { isOwn: true })
  else if (code === 'CDS403')
    config.noteOnce(
      new CrossDomainError(code, `${action} came to ${self}; the primary is ${domains.primary}`),
    )
  else if (seal !== null && request.nextUrl.searchParams.get(seal) !== null)
    config.noteOnce(
      new CrossDomainError(code, 'if this happens at each exchange, the domains have different secrets'),
    )
}
