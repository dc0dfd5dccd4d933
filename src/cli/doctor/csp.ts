/**
 * Whether a Content-Security-Policy lets a page connect to `target` by `fetch`. Paths of the policy do not
 * count, because they do not after a redirect: https://w3c.github.io/webappsec-csp/#match-paths
 * @param policies Values of the header, which may hold several policies with commas between them. All have to
 * allow it.
 */
export function mayConnect(policies: string, page: URL, target: URL): boolean {
  return policies.split(',').every((policy) => {
    const directives = new Map(
      policy.split(';').map((text): [string, readonly string[]] => {
        const [name = '', ...sources] = text.trim().split(/\s+/)
        return [name.toLowerCase(), sources]
      }),
    )
    const sources = directives.get('connect-src') ?? directives.get('default-src')
    return sources === undefined || sources.some((source) => matches(source, page, target))
  })
}

function matches(source: string, page: URL, target: URL): boolean {
  if (source === '*') return /^https?:$/.test(target.protocol)
  if (source.toLowerCase() === "'self'") return page.origin === target.origin
  if (/^[a-z][a-z\d+.-]*:$/i.test(source)) return source.toLowerCase() === target.protocol
  const found = /^(?:([a-z][a-z\d+.-]*):\/\/)?([^/:]+)(?::(\d+|\*))?(?:\/.*)?$/i.exec(source)
  if (found === null) return false
  const [, scheme = page.protocol.slice(0, -1), host = '', port] = found
  // A source of http covers https too.
  const isScheme = `${scheme}:` === target.protocol || (scheme === 'http' && target.protocol === 'https:')
  const isHost = host.startsWith('*.') ? target.hostname.endsWith(host.slice(1)) : host === target.hostname
  const isPort =
    port === '*' || (port ?? '') === target.port || (target.port === '' && port === defaultPort(target))
  return isScheme && isHost && isPort
}

function defaultPort({ protocol }: URL): string {
  return protocol === 'https:' ? '443' : '80'
}
