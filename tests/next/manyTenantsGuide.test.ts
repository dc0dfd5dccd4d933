// The code of docs/many-tenants.md, which the compiler checks too.
import { readFileSync } from 'node:fs'
import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

test.each([
  ['tenants', () => import('./manyTenants/tenants.js')],
  ['previews', () => import('./manyTenants/previews.js')],
])('the guide shows %s.ts as it is, and it starts', async (name, start) => {
  const code = readFileSync(`tests/next/manyTenants/${name}.ts`, 'utf8')
    .trim()
    .replace('../../../src/index.js', 'next-crossdomain-session')
    .replace(/\.\.\/\.\.\/\.\.\/src\/(\w+)\.js/, 'next-crossdomain-session/$1')
  expect(readFileSync('docs/many-tenants.md', 'utf8')).toContain(`\n${code}\n`)
  vi.stubEnv('CROSSDOMAIN_SECRET', 'a-secret-for-tests-with-Many-d1fferent-letters')
  await expect(start()).resolves.toMatchObject({ getSession: expect.any(Function) })
})
