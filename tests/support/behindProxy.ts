import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import type { startNginx } from '../../fixtures/web-proxies.mjs'
import { sendRequest, type AppDomain, type AppRequest } from './builtApp.js'

/** The domains of the examples in docs/proxies.md. */
export const hosts = { primary: 'shop.example', secondary: 'brand.example' }
const originOf = (domain: AppDomain) => `https://${hosts[domain]}`

/** What tells an application that these are its domains. */
export const environment = {
  CROSSDOMAIN_PRIMARY_SERVERNAME: originOf('primary'),
  CROSSDOMAIN_DOMAINS: `${originOf('primary')},${originOf('secondary')}`,
}

/** The first block of code under a heading of docs/proxies.md, for an application on another port. */
export function documentedSite(heading: string, port: string): string {
  const text = readFileSync('docs/proxies.md', 'utf8')
  const [, section = ''] = text.split(`\n## ${heading}\n`)
  const [, block = ''] = /^```\w*\n([^]*?)^```/m.exec(section) ?? []
  return replaced(block, '127.0.0.1:3000', `127.0.0.1:${port}`)
}

/** @throws If there is nothing to replace, so that a test does not go on with the configuration as it was. */
export function replaced(site: string, from: string, to: string): string {
  if (!site.includes(from)) throw new Error(`There is no "${from}" in\n${site}`)
  return site.replace(from, to)
}

/** The application as its visitors reach it: through the proxy, with TLS, at port 443 as far as they know. */
export function behind({ port, certificate }: Awaited<ReturnType<typeof startNginx>>) {
  const ask = (path: string, { domain = 'primary', method = 'GET', headers, body = '' }: AppRequest = {}) => {
    const host = hosts[domain]
    const length = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return sendRequest(
      request,
      {
        host: '127.0.0.1',
        port,
        servername: host,
        ca: certificate,
        path,
        method,
        headers: { host, 'user-agent': 'Mozilla/5.0', ...length, ...headers },
      },
      body,
    )
  }
  return { ask, originOf }
}
