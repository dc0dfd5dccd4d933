import { parseServerName, type Domains, type Origin } from './domains/origin.js'
import { CrossDomainError } from './errors/catalogue.js'
import { words } from './settings.js'
import type { Clock, Sealing } from './values/seal.js'

/** One secret or several, the newest first. */
type Secrets = string | readonly string[] | undefined

/** @throws {CrossDomainError} `CDS101` if there is none, `CDS102` if one is too short. */
export function parseSecrets(input: Secrets, domain?: string): readonly [string, ...string[]] {
  const [first, ...rest] = typeof input === 'string' ? (words(input) ?? []) : (input ?? [])
  if (first === undefined || first === '') throw new CrossDomainError('CDS101', domain)
  const short = [first, ...rest].findIndex((secret) => secret.length < 32)
  const of = domain === undefined ? '' : ` of ${domain}`
  if (short >= 0) throw new CrossDomainError('CDS102', `secret number ${short + 1}${of}`)
  return [first, ...rest]
}

/** @throws {CrossDomainError} As `parseSecrets`, and `CDS105` or `CDS106` for a name that is no origin. */
export function parseDomainSecrets(
  input: Readonly<Record<string, Secrets>> = {},
  clock: Clock,
): ReadonlyMap<Origin, Sealing> {
  const entries = Object.entries(input)
  return new Map(
    entries.map(([name, secrets]) => [
      parseServerName(name),
      { secrets: parseSecrets(secrets, name), clock },
    ]),
  )
}

/** @returns `CDS116` for each name that no secret is ever looked up by. */
export function unusedSecrets(
  domainSecrets: ReadonlyMap<Origin, Sealing>,
  { has, groupOf }: Domains,
): CrossDomainError[] {
  return [...domainSecrets.keys()].flatMap((name) => {
    const { domain } = groupOf(name)
    if (domain !== name) return [new CrossDomainError('CDS116', `${name} shares the session of ${domain}`)]
    return has(domain) ? [] : [new CrossDomainError('CDS116', `${name} is not listed`)]
  })
}
