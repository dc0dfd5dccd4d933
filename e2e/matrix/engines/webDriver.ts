/** One browser that a WebDriver server drives (https://www.w3.org/TR/webdriver2/). */
export interface WebDriverSession {
  /** A command to one window. One at a time: the server knows a current window. */
  readonly send: (
    window: string,
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
  ) => Promise<unknown>
  readonly newWindow: () => Promise<string>
  readonly end: () => Promise<void>
}

/** Asks a server until it is there, then begins a session. */
export async function startSession(server: string, capabilities: object): Promise<WebDriverSession> {
  const isReady = () => command(server, 'GET', '/status').then(...[() => true, () => false])
  while (!(await isReady())) await new Promise((resolve) => setTimeout(resolve, 50))
  const { sessionId } = (await command(server, 'POST', '/session', {
    capabilities: { alwaysMatch: capabilities },
  })) as { readonly sessionId: string }
  const session = `/session/${sessionId}`
  let queue: Promise<unknown> = Promise.resolve()
  let current: string | null = null
  const inTurn = <Result>(run: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(run)
    queue = result.catch(() => {})
    return result
  }
  return {
    send: (window, method, path, body) =>
      inTurn(async () => {
        if (current !== window) await command(server, 'POST', `${session}/window`, { handle: window })
        current = window
        return command(server, method, session + path, body)
      }),
    newWindow: () =>
      inTurn(async () => {
        const opened = await command(server, 'POST', `${session}/window/new`, { type: 'window' })
        return (opened as { readonly handle: string }).handle
      }),
    end: () => inTurn(async () => void (await command(server, 'DELETE', session))),
  }
}

async function command(server: string, method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(server + path, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const { value } = (await response.json()) as { readonly value: unknown }
  if (response.ok) return value
  const { error, message } = value as { readonly error: string; readonly message: string }
  throw new Error(`${method} ${path}: ${error} ${message}`)
}
