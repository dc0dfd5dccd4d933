import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { EdgeVM } from '@edge-runtime/vm'
import { rolldown } from 'rolldown'
import { beforeAll, expect, test } from 'vitest'

// The built package, bundled with Next.js as for a deployment and run where there are no Node globals at all. (vitest's own
// edge environment leaves `process` and `Buffer` in place.)
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  exports: Record<string, { default: string }>
}

let edge: EdgeVM

beforeAll(async () => {
  const { code } = await bundle()
  // Next.js gives its edge runtime this much of `process`, and modules of its own read it.
  edge = new EdgeVM({ extend: (context) => Object.assign(context, { process: { env: {} } }) })
  edge.evaluate(code)
})

test('the edge runtime has no Node globals but the environment, so that the facts below mean something', () => {
  expect(
    edge.evaluate('[typeof process.versions, typeof Buffer, typeof require, typeof setImmediate].join()'),
  ).toBe('undefined,undefined,undefined,undefined')
})

test('the middleware gives a visitor a cookie', async () => {
  const setCookie = await edge.evaluate(`(async () => {
    const { createMiddleware, NextRequest } = bundled
    const middleware = createMiddleware(${options})
    const headers = { host: 'shop.example', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'user-agent': 'test' }
    const response = await middleware(new NextRequest('https://shop.example/', { headers }))
    return response.headers.get('set-cookie')
  })()`)
  expect(setCookie).toMatch(/^__Host-Http-crossdomain=[^;]{100,}; Path=\/;.*Secure; HttpOnly; SameSite=lax/)
})

test('the route handlers answer', async () => {
  const answer = await edge.evaluate(`(async () => {
    const { createCrossDomainSession } = bundled
    const { handlers } = createCrossDomainSession({ ...${options}, store: {} })
    const response = await handlers.GET(new Request('https://shop.example/crossdomain/replace', { headers: { host: 'shop.example' } }))
    return response.status + ' ' + (await response.text())
  })()`)
  expect(answer).toBe('400 {"result":"error","code":"CDS403"}')
})

const options = JSON.stringify({
  primary: 'https://shop.example',
  domains: ['https://shop.example', 'https://shop.test'],
  secret: 'a-secret-for-tests-alone-of-more-than-32-characters',
})

async function bundle(): Promise<{ readonly code: string }> {
  const target = (entry: string) => JSON.stringify(resolve(manifest.exports[entry]?.default ?? ''))
  const start = `
    export * from ${target('.')}
    export { createMiddleware } from ${target('./middleware')}
    export { NextRequest } from ${JSON.stringify(resolve('node_modules/next/server.js'))}`
  const build = await rolldown({
    input: 'virtual:start',
    platform: 'neutral',
    resolve: {
      conditionNames: ['edge-light', 'import', 'module', 'require', 'default'],
      mainFields: ['module', 'main'],
    },
    transform: {
      define: {
        'process.env.NODE_ENV': '"production"',
        'process.env.NEXT_RUNTIME': '"edge"',
        'process.env': '{}',
        __dirname: '"/"',
      },
    },
    plugins: [
      {
        name: 'start',
        resolveId: (id) => (id === 'virtual:start' ? id : null),
        load: (id) => (id === 'virtual:start' ? start : null),
      },
    ],
    logLevel: 'silent',
  })
  try {
    const { output } = await build.generate({ format: 'iife', name: 'bundled', codeSplitting: false })
    return output[0]
  } finally {
    await build.close()
  }
}
