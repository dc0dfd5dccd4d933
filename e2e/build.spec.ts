// What `next build` made of the shop that the other tests use.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from '@playwright/test'
import { freePort } from '../fixtures/server.mjs'

interface Manifest {
  readonly routes: Readonly<Record<string, { readonly initialRevalidateSeconds: number | false }>>
}

const { routes } = JSON.parse(
  readFileSync(new URL('../app-example/.next-e2e/prerender-manifest.json', import.meta.url), 'utf8'),
) as Manifest

for (const page of ['/primary', '/secondary', '/another']) {
  test(`the start page ${page} is prerendered, for good`, () => {
    expect(routes[page]).toMatchObject({ initialRevalidateSeconds: false })
  })
}

test('no page that shows the session is prerendered', () => {
  expect(
    Object.keys(routes)
      .filter((page) => !/^\/_|\./.test(page))
      .sort(),
  ).toEqual(['/another', '/primary', '/secondary'])
})

test('a mistake in the options is told at start, before anybody asks', async () => {
  const env = {
    ...process.env,
    NODE_ENV: 'production' as const,
    NEXT_DIST_DIR: '.next-e2e',
    CROSSDOMAIN_PRIMARY_SERVERNAME: 'https://shop.example',
    CROSSDOMAIN_DOMAINS: 'https://shop.example',
    CROSSDOMAIN_SECRET: 'short',
  }
  const args = [
    '--import',
    './scripts/lib/endWithParent.mjs',
    'node_modules/next/dist/bin/next',
    'start',
    'app-example',
    '--port',
    String(await freePort()),
    '--hostname',
    '127.0.0.1',
  ]
  const server = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  let output = ''
  for (const stream of [server.stdout, server.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  await expect.poll(() => output, { timeout: 20_000 }).toContain('CDS102')
  server.kill('SIGTERM')
  await ended
})
