import { request, type IncomingHttpHeaders } from 'node:http'
import { originOf, type ShopDomain } from './shop.js'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly json: unknown
}

/** A request of a program that is no browser. Node does not resolve names below `localhost`, so the name goes into `Host`. */
export function ask(domain: ShopDomain, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const { host, port } = new URL(originOf(domain))
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, headers: { host, ...headers } },
      async (response) => {
        let text = ''
        for await (const chunk of response.setEncoding('utf8')) text += String(chunk)
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          json: text === '' ? null : JSON.parse(text),
        })
      },
    )
    sent.once('error', reject).end()
  })
}
