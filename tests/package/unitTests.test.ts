// A small application with unit tests of its own, which has the built kit in its `node_modules` as users have it.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = process.cwd()
const jest = path.join(root, '.cache', 'jest')
let folder = ''

beforeAll(() => {
  mkdirSync('.cache', { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache', 'unit-'))
  cpSync('tests/apps/unitTests', folder, { recursive: true })
  writeFileSync(path.join(folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }')
  for (const part of ['package.json', 'dist'])
    cpSync(part, path.join(folder, 'node_modules', 'next-crossdomain-session', part), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...command: string[]) {
  // What vitest tells its own processes, another runner in there must not hear.
  const { NODE_ENV: _, VITEST: __, VITEST_POOL_ID: ___, ...env } = process.env
  const options = { cwd: folder, encoding: 'utf8', env: { ...env, CI: '1' } } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, command, options)
  return { status, output: stdout + stderr }
}

test('vitest runs its actions with a session', () => {
  const { status, output } = run(path.join(root, 'node_modules/vitest/vitest.mjs'), 'run')
  expect(output).toContain('2 passed')
  expect(status).toBe(0)
})

test('Jest with next/jest runs the same', { timeout: 300_000 }, () => {
  const program = path.join(jest, 'node_modules/jest/bin/jest.js')
  // Jest is not among our packages: nothing else here needs its 246.
  const quietly = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts']
  if (!existsSync(program)) spawnSync('npm', ['install', '--prefix', jest, ...quietly, 'jest@30.5.2'])
  const { status, output } = run(program)
  expect(output).toContain('2 passed')
  expect(status).toBe(0)
})
