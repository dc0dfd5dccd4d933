import { found, type Finding } from './finding.js'
import type { Answer } from './visitor.js'

/**
 * Why an answer cannot be one of the application, or null if it may be: no connection, a server that fails, a
 * login.
 * If there is an obstacle, other findings about this answer would only mislead.
 * @param check Name of the check that needs the answer.
 */
export function obstacleIn(origin: string, check: string, { status, url, body }: Answer): Finding | null {
  if (status === 0) return unreachable(origin, check, url, body)
  const address = `${url.origin}${url.pathname}`
  if (status >= 500) {
    const who = status >= 502 && status <= 504 ? 'the gateway does not reach the server' : 'the server fails'
    const advice =
      "Look into the server's log: the error is there. If an option of the kit is wrong, the log has its code."
    return found('error', origin, check, [`${address} answers ${status}: ${who}.`, advice])
  }
  if (status !== 401 && status !== 403) return null
  const says = `${address} answers ${status}: something asks for a login before the application answers.`
  return found('error', origin, check, [says, passTheWall])
}

export const passTheWall =
  'Open the site to everybody, and the route of the exchange too. If the login has to stay, such as for previews, pass the cookie of somebody who is logged in: --cookie name=value'

function unreachable(origin: string, check: string, url: URL, reason: string): Finding {
  const named = (name: string) => (check === 'page' ? name : check)
  if (/CERT|SIGNATURE|ISSUER/.test(reason)) {
    const says = `Browsers do not trust the certificate of ${url.origin}: ${reason}.`
    const advice =
      'Serve a certificate for this name, with its intermediate certificates. For a certificate authority of your own, set NODE_EXTRA_CA_CERTS.'
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
  [/ENOTFOUND|EAI_AGAIN/, 'DNS has no address for this name. Check its records.'],
  [/ECONNREFUSED/, 'The machine answers, but nothing listens on this port. Is the deployment up?'],
  [/ETIMEDOUT|UNREACH/, 'Is the deployment up, and does the firewall let visitors in?'],
]
