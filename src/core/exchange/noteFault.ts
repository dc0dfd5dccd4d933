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
  const { searchParams } = request.nextUrl
  const isSealed = searchParams.get(action === 'check' ? 'claim' : 'ticket') !== null
  if (self === null) noteUnlistedHost(config, domains, request.headers, { isOwn: true })
  else if (!isSealed) return
  else if (code === 'CDS403') {
    // A secondary only passes on what a ticket says, and whoever has sealed that has told it.
    if (action === 'check' || self === domains.primary)
      config.noteOnce(
        new CrossDomainError(code, `${action} came to ${self}; the primary is ${domains.primary}`),
      )
  } else if (code === 'CDS405' || code === 'CDS408')
    config.noteOnce(
      new CrossDomainError(code, 'if this happens at each exchange, the domains have different secrets'),
    )
}
