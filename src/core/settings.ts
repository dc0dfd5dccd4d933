import { CrossDomainError } from './errors/catalogue.js'

// Options that are text, as the code or the environment gives them.

/** @throws {CrossDomainError} `CDS109`. */
export function parsePath(input: string): string {
  if (!/^(\/[A-Za-z0-9._~-]+)+$/.test(input) || /\/\.{1,2}(\/|$)/.test(input))
    throw new CrossDomainError('CDS109', JSON.stringify(input))
  return input
}

/** @throws {CrossDomainError} `CDS109`: the middleware would compare it with a path, and never find it. */
export function parseWorker(input: string): string {
  if (!input.startsWith('/') || new URL(input, 'https://any.example').pathname !== input)
    throw new CrossDomainError('CDS109', `serviceWorkers: ${JSON.stringify(input)}`)
  return input
}

/** Split at commas and white space. */
export function words(text: string | undefined): readonly string[] | undefined {
  const list = text?.split(/[\s,]+/).filter((word) => word !== '')
  return list === undefined || list.length === 0 ? undefined : list
}

export function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === '' ? undefined : text
}
