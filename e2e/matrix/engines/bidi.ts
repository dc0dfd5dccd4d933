/** A connection to a browser that speaks WebDriver BiDi, or the DevTools protocol. */
export interface Bidi {
  readonly send: (method: string, params: object) => Promise<Record<string, unknown>>
}

interface Message {
  readonly id?: number
  readonly type: 'success' | 'error' | 'event'
  readonly result?: Record<string, unknown>
  readonly error?: string
  readonly message?: string
}

export async function connectBidi(address: string): Promise<Bidi> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, (message: Message) => void>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as Message
    if (message.id !== undefined) waiting.get(message.id)?.(message)
  })
  // Whoever still waits would wait for ever.
  socket.addEventListener('close', () => {
    for (const answer of waiting.values()) answer({ type: 'error', error: 'the browser has gone' })
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error(`no WebDriver BiDi at ${address}`)))
  })
  const send = async (method: string, params: object) => {
    if (socket.readyState !== WebSocket.OPEN) throw new Error(`${method}: the browser has gone`)
    const id = ++last
    const answer = await new Promise<Message>((resolve) => {
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })
    waiting.delete(id)
    if (answer.type === 'error') throw new Error(`${method}: ${answer.error} ${answer.message ?? ''}`)
    return answer.result ?? {}
  }
  return { send }
}

/** @returns Where a browser listens. It says so on its standard error. */
export function addressIn(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream.setEncoding('utf8').on('data', (part) => {
      text += String(part)
      const [, address] = /listening on (ws:\S+)/.exec(text) ?? []
      if (address !== undefined) resolve(address)
    })
    stream.once('end', () => reject(new Error(`The browser did not start:\n${text}`)))
  })
}

/** @returns What `script.evaluate` of a JSON text gave. */
export function valueIn(answer: Record<string, unknown>): unknown {
  const { result, exceptionDetails } = answer as {
    readonly result?: { readonly value?: string }
    readonly exceptionDetails?: { readonly text: string }
  }
  if (exceptionDetails !== undefined) throw new Error(exceptionDetails.text)
  return (JSON.parse(result?.value ?? '{}') as { readonly value?: unknown }).value
}
