import { request, type IncomingMessage } from 'node:http'
import { originOf } from '../harness/shop.js'

/** Somebody at another machine, with a program that sends what it likes. */
export class Attacker {
  readonly #cookies = new Map<string, string>()

  constructor(readonly userAgent: string) {}

  /** Begins an exchange on the secondary. @returns The address of `check`, with a claim that is bound to the attacker's cookie. */
  async begin(transport: 'navigation' | 'fetch'): Promise<string> {
    await this.#ask(`${originOf('secondary')}/`, navigation)
    const isFetch = transport === 'fetch'
    const { headers } = await this.#ask(
      `${originOf('secondary')}/crossdomain/start${isFetch ? '' : '?return_to=/'}`,
      isFetch
        ? { origin: originOf('secondary'), 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' }
        : navigation,
      isFetch ? 'POST' : 'GET',
    )
    return headers.location ?? ''
  }

  /** Presents a ticket that belongs to somebody else, and asks the secondary whose session this is now. */
  async redeem(ticketUrl: string, transport: 'navigation' | 'fetch' = 'navigation'): Promise<string | null> {
    await this.#ask(
      ticketUrl,
      transport === 'fetch'
        ? {
            origin: 'null',
            'sec-fetch-mode': 'cors',
            'sec-fetch-dest': 'empty',
            'sec-fetch-site': 'cross-site',
          }
        : navigation,
    )
    return this.user()
  }

  /** Whom the secondary takes this program for. Null: a guest. */
  async user(): Promise<string | null> {
    const { text } = await this.#ask(`${originOf('secondary')}/crossdomain/session`, {
      'sec-fetch-site': 'same-origin',
    })
    return (JSON.parse(text) as { user: string | null }).user
  }

  #ask(url: string, headers: Record<string, string>, method = 'GET') {
    const { host, port, pathname, search } = new URL(url)
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    return new Promise<IncomingMessage & { readonly text: string }>((resolve, reject) => {
      request(
        {
          host: '127.0.0.1',
          port,
          path: pathname + search,
          method,
          headers: { host, 'user-agent': this.userAgent, cookie, ...headers },
        },
        async (response) => {
          for (const line of response.headers['set-cookie'] ?? []) {
            const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
            this.#cookies.set(name, value)
          }
          let text = ''
          for await (const part of response.setEncoding('utf8')) text += String(part)
          resolve(Object.assign(response, { text }))
        },
      )
        .once('error', reject)
        .end()
    })
  }
}

const navigation = { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' }
