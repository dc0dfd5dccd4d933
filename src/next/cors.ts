/** Lets a page of `origin` read an answer, with credentials. */
export function corsHeaders(origin: string): Record<string, string> {
  return { 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' }
}

const headerNames = /^[\w-]+(\s*,\s*[\w-]+)*$/

/**
 * For the answer to `OPTIONS`.
 * @param cors `corsHeaders` of a page that may ask; empty for one that may not.
 * @param methods For example `GET, OPTIONS`.
 */
export function preflightHeaders(
  request: Request,
  cors: Record<string, string>,
  methods: string,
): Record<string, string> {
  const headers = { Vary: 'Origin, Access-Control-Request-Headers', ...cors }
  if (Object.keys(cors).length === 0) return headers
  const wanted = request.headers.get('access-control-request-headers')
  const isName = wanted !== null && wanted.length <= 512 && headerNames.test(wanted)
  return {
    ...headers,
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Max-Age': '600',
    ...(isName && { 'Access-Control-Allow-Headers': wanted }),
  }
}
