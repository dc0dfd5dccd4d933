// The built package, when it is loaded in ways that its authors would not choose.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type * as Kit from 'next-crossdomain-session'
import { CrossDomainError } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

const root = process.cwd()
let folder = ''
let copied = ''

beforeAll(() => {
  mkdirSync('.cache', { recursive: true })
  folder = mkdtempSync(path.join(root, '.cache', 'loaders-'))
  copied = path.join(folder, 'node_modules', 'next-crossdomain-session')
  for (const part of ['package.json', 'dist']) cpSync(part, path.join(copied, part), { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an error of a second copy in the process is known by its name and its code, and not by `instanceof`', async () => {
  const copy = (await import(/* @vite-ignore */ path.join(copied, 'dist/index.js'))) as typeof Kit
  const { getSession } = copy.createCrossDomainSession({
    store: memoryStore(),
    primary: 'https://shop.example',
    domains: ['https://shop.example'],
    secret: 'a-secret-for-tests-of-at-least-32-characters',
  })
  const error: unknown = await getSession().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(copy.CrossDomainError)
  expect(error).not.toBeInstanceOf(CrossDomainError)
  expect(error).toMatchObject({ name: 'CrossDomainError', code: 'CDS214' })
})

// TypeScript 7 does not know `node10` any more. The one that the check of the package brings along does.
const before7 = createRequire(path.join(root, 'node_modules/@arethetypeswrong/core/package.json'))

test.each([
  ['node10, which does not read `exports`, TypeScript does not find the package', 'node10', ['TS2307']],
  ['bundler, TypeScript finds the package', 'bundler', []],
])('with `moduleResolution` %s', { timeout: 120_000 }, (_, resolution, codes) => {
  const file = path.join(folder, 'use.mts')
  writeFileSync(file, "import { memoryStore } from 'next-crossdomain-session/memory'\nmemoryStore()\n")
  const quick = ['--noEmit', '--skipLibCheck', '--lib', 'es2022', '--typeRoots', 'none']
  const options = ['--target', 'es2022', '--module', 'esnext', '--moduleResolution', resolution, ...quick]
  const program = [before7.resolve('typescript/bin/tsc'), ...options, file]
  const { stdout } = spawnSync(process.execPath, program, { cwd: folder, encoding: 'utf8' })
  expect(stdout.match(/TS\d+/g) ?? []).toEqual(codes)
})
