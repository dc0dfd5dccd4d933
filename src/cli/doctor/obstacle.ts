import { found, type Finding } from './finding.js'
import type { Answer } from './visitor.js'

/**
 * Why an answer cannot be one of the application, or null if it may be: no connection, a server that fails, a login.
 * What else could be said of such an answer is only a consequence.
 * @param check Name of the check that needs the answer.
 */
export function obstacleIn(origin: string, check: string, { status, url, body }: Answer): Finding | null {
  if (status === 0) return unreachable(origin, check, url, body)
  const address = `${url.origin}${url.pathname}`
  if (status >= 500) {
    const who = status >= 502 && status <= 504 ? 'the gateway does not reach the server' : 'the server fails'
    const advice =
      "Look into the server's log: it has the error. A mistake in the options of the kit has a code there."
    return found('error', origin, check, [`${address} answers ${status}: ${who}.`, advice])
  }
  if (status !== 401 && status !== 403) return null
  const says = `${address} answers ${status}: something asks for a login before the application answers.`
  return found('error', origin, check, [says, passTheWall])
}

export const passTheWall =
  'Let everybody pass, to the route of the exchange too. If it is to stay, such as for previews, give the cookie of somebody who may: --cookie name=value'

function unreachable(origin: string, check: string, url: URL, reason: string): Finding {
  const named = (name: string) => (check === 'page' ? name : check)
  if (/CERT|SIGNATURE|ISSUER/.test(reason)) {
    const says = `Browsers do not trust the certificate of ${url.origin}: ${reason}.`
    const advice =
      'Serve one for this name, together with the certificates between it and its authority. For an authority of your own, set NODE_EXTRA_CA_CERTS.'
    return found('error', origin, named('certificate'), [says, advice])
  }
  const says = `${url.origin} does not answer: ${reason}.`
  const advice = advices.find(([pattern]) => pattern.test(reason))?.[1]
  return found('error', origin, named('reach'), [
    says,
    advice ?? 'Is the address right, and does the server run?',
  ])
}

const advices: readonly (readonly [RegExp, string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'The name has no address. Look at its records in the DNS.'],
  [/ECONNREFUSED/, 'The machine is there, and nothing listens on this port. Is the deployment up?'],
  [/ETIMEDOUT|UNREACH/, 'Is the deployment up, and does the firewall let visitors in?'],
]
