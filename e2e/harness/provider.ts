import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where a form leads to that is not of this application: a payment provider. */
export async function openProvider() {
  const received: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    if (request.method === 'POST') received.push(body)
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://provider.localhost:${(server.address() as AddressInfo).port}/pay`
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { url, received, close }
}
