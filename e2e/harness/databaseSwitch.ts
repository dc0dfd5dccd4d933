import { createServer, request as send, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * `pass`: requests go on to the database. `refuse`: connections break at once. `hang`: nothing is ever answered.
 * `refuseWrites`: the database itself does, and answers who only looks.
 */
export type SwitchMode = 'pass' | 'refuse' | 'hang' | 'refuseWrites'

/** Name of the environment variable by which the global set-up tells the workers where the switch is. */
export const switchVariable = 'E2E_DATABASE_SWITCH'

/** Stands between the shops and their database, so that a test can take the database away and give it back; the shops run on. */
export async function startDatabaseSwitch(
  databaseUrl: string,
): Promise<{ readonly url: string; readonly stop: () => Promise<void> }> {
  const { origin, pathname } = new URL(databaseUrl)
  const hanging = new Set<ServerResponse>()
  let mode: SwitchMode = 'pass'
  const server = createServer(async (request, response) => {
    if (request.method === 'PUT') {
      mode = (request.url ?? '').slice(1) as SwitchMode
      for (const waiting of hanging) waiting.destroy()
      hanging.clear()
      const isSet = await setReadOnly(databaseUrl, mode === 'refuseWrites').catch(() => false)
      return void response.writeHead(isSet ? 200 : 502).end()
    }
    if (mode === 'refuse') return void request.destroy()
    if (mode === 'hang') return void hanging.add(response)
    const { method, headers } = request
    const onward = send(origin + pathname, { method: method ?? 'POST', headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.once('error', () => response.destroy())
    request.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`, stop }
}

/** For the one connection that the embedded database has. */
async function setReadOnly(databaseUrl: string, isReadOnly: boolean): Promise<boolean> {
  const query = `set default_transaction_read_only = ${isReadOnly ? 'on' : 'off'}`
  return (await fetch(databaseUrl, { method: 'POST', body: JSON.stringify({ query }) })).ok
}

/** Tells the switch, from any process, what to do from now on. */
export async function turnDatabase(mode: SwitchMode): Promise<void> {
  const url = process.env[switchVariable]
  if (url === undefined) throw new Error(`${switchVariable} is not set; the global set-up sets it`)
  const { ok } = await fetch(new URL(`/${mode}`, url), { method: 'PUT' })
  if (!ok) throw new Error(`the database cannot ${mode}`)
}
