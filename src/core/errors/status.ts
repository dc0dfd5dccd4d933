import type { ErrorCode } from './errors.js'

/**
 * What a code is in HTTP, where a request meets it: 503 is over by itself, 500 is a mistake of the application, the rest is the request's.
 * Codes that are not here are thrown at start or at the call, and reach no request of the kit's own.
 */
const statuses = {
  CDS111: 503,
  CDS202: 400,
  CDS203: 413,
  CDS204: 400,
  CDS205: 400,
  CDS206: 403,
  CDS207: 503,
  CDS208: 422,
  CDS209: 401,
  CDS210: 403,
  CDS211: 400,
  CDS301: 503,
  CDS302: 409,
  CDS303: 409,
  CDS304: 503,
  CDS401: 404,
  CDS402: 405,
  CDS403: 400,
  CDS404: 403,
  CDS405: 400,
  CDS406: 403,
  CDS407: 403,
  CDS408: 400,
  CDS409: 403,
  CDS410: 403,
  CDS411: 403,
  CDS412: 400,
  CDS413: 403,
  CDS414: 400,
  CDS415: 403,
  CDS416: 403,
  // Nothing is wrong, and no browser is to write of an error.
  CDS418: 200,
} as const satisfies Partial<Record<ErrorCode, number>>

/** A code that an answer can have. */
export type AnswerCode = keyof typeof statuses

export function statusOf(code: AnswerCode): number {
  return statuses[code]
}

export function isAnswerCode(code: ErrorCode): code is AnswerCode {
  return Object.hasOwn(statuses, code)
}
