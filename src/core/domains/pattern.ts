import { CrossDomainError } from '../errors/catalogue.js'
import { parseServerName } from './origin.js'

/** Stands for the `*` while the URL parser reads the rest. */
const anything = 'x-any-x'

/**
 * Reads a pattern such as `https://shop-*.vercel.app`. Its one `*` is in the first part of the name, and
 * stands for letters, digits and hyphens.
 * @throws {CrossDomainError} `CDS105`, `CDS106`.
 */
export function parsePattern(input: string): RegExp {
  const [, before, after] =
    /^((?:https?:\/\/)?[a-z\d-]*)\*([a-z\d-]*\.[a-z\d.-]*[a-z\d](?::\d+)?)$/i.exec(input.trim()) ?? []
  if (before === undefined || after === undefined || !/^[\w-]*\.(.+\.|localhost)/i.test(after))
    throw new CrossDomainError('CDS105', JSON.stringify(input))
  const origin = parseServerName(`${before}${anything}${after}`)
  const [start = '', end = ''] = origin.split(anything)
  return new RegExp(`^${escaped(start)}[a-z\\d-]+${escaped(end)}$`)
}

/** Nothing else in an origin has a meaning of its own there. */
function escaped(text: string): string {
  return text.replaceAll('.', '\\.')
}
