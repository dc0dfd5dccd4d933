import { expect, test } from 'vitest'
import {
  circles,
  impureUses,
  moreThanReexports,
  privateImports,
  uncheckedTypes,
  wrongImports,
} from '../../scripts/check-imports.mjs'

test.each([
  ['src/core/a.ts', "import { headers } from 'next/headers.js'"],
  ['src/core/a.ts', "import type { ReactNode } from 'react'"],
  ['src/core/a.ts', "import { createHash } from 'node:crypto'"],
  ['src/core/a.ts', "import fs from 'fs'"],
  ['src/core/a.ts', "import { memoryStore } from '../stores/memory.js'"],
  ['src/core/a.ts', "export { memoryStore } from '../stores/memory.js'"],
  ['src/core/a.ts', "export * from '../next/handlers.js'"],
  ['src/core/a.ts', "type Hash = import('node:crypto').Hash"],
  ['src/core/a.ts', "const late = await import('next/headers.js')"],
  ['src/core/a.ts', 'const late = await import(name)'],
  ['src/core/a.ts', "import { sealData } from 'iron-session-next'"],
  ['src/core/wire.ts', "import { seal } from './seal.js'"],
  ['src/client/a.ts', "import { seal } from '../core/seal.js'"],
  ['src/client/a.ts', "import type { Origin } from '../core/origin.js'"],
  ['src/client/a.ts', "import { sealData } from 'iron-session'"],
  ['src/stores/a.ts', "import { cookies } from 'next/headers.js'"],
  ['src/stores/a.ts', "import { handlers } from '../next/handlers.js'"],
  ['src/next/a.ts', "import { memoryStore } from '../stores/memory.js'"],
  ['src/next/a.ts', "import { randomBytes } from 'node:crypto'"],
  ['src/testing/a.ts', "import { memoryStore } from '../stores/memory.js'"],
])('in %s, refuses %s', (file, text) => {
  expect(wrongImports(file, text)).toHaveLength(1)
})

test.each([
  ['src/core/a.ts', "import { sealData } from 'iron-session'"],
  ['src/core/a.ts', "// import 'next/headers.js'\nimport { seal } from './seal.js'"],
  ['src/core/a.ts', 'const text = "import x from \'node:fs\'"'],
  ['src/core/wire.ts', "import type { ErrorCode } from './errors.js'"],
  ['src/client/a.tsx', "import { syncCookieName } from '../core/wire.js'"],
  ['src/client/a.tsx', "import { useRouter } from 'next/navigation.js'"],
  ['src/stores/a.ts', "import { sql } from 'drizzle-orm'\nimport { pgTable } from 'drizzle-orm/pg-core'"],
  ['src/testing/a.ts', "import assert from 'node:assert/strict'"],
])('in %s, allows %s', (file, text) => {
  expect(wrongImports(file, text)).toEqual([])
})

test.each([
  'const now = Date.now()',
  'const now = new Date()',
  'const now = Date()',
  'const secret = process.env.SECRET',
  'const environment = { process }',
  'const answer = await fetch(url)',
  'const answer = await globalThis.fetch(url)',
  'setTimeout(run, 10)',
  'const id = Math.random()',
  'const mode = import.meta.env',
  'const here = location.host',
  'type Environment = typeof process.env',
])('in the core, refuses %s', (text) => {
  expect(impureUses('src/core/a.ts', text).length).toBeGreaterThan(0)
})

test.each([
  'const then = new Date(clock.now())',
  '// Date.now() is never asked',
  'const text = "fetch(process.env)"',
  'const pattern = /fetch(setTimeout)/',
  'interface Jar { fetch(): void; process: string }',
  'const kind = request.fetch ?? request.process',
  'const id = crypto.getRandomValues(new Uint8Array(32))',
  'const to = (location: string) => ({ location })',
])('in the core, allows %s', (text) => {
  expect(impureUses('src/core/a.ts', text)).toEqual([])
})

test('a circle of imports is found once, and two ways to one file are none', () => {
  expect(
    circles(
      new Map([
        ['a', ['b', 'c']],
        ['b', ['d']],
        ['c', ['d']],
        ['d', []],
      ]),
    ),
  ).toEqual([])
  expect(
    circles(
      new Map([
        ['a', ['b']],
        ['b', ['c']],
        ['c', ['b']],
      ]),
    ),
  ).toEqual(['b > c > b'])
  expect(circles(new Map([['a', ['a']]]))).toEqual(['a > a'])
})

test('an entry file holds nothing but re-exports and the client directive', () => {
  const pure = "'use client'\nexport { a, type B } from './core/a.js'\nexport type { C } from './core/c.js'"
  expect(moreThanReexports('src/index.ts', pure)).toEqual([])
  expect(moreThanReexports('src/index.ts', "import './core/a.js'")).toHaveLength(1)
  expect(moreThanReexports('src/index.ts', 'export const a = 1')).toHaveLength(1)
  expect(moreThanReexports('src/index.ts', 'const a = 1\nexport { a }')).toHaveLength(2)
})

test('finds what switches the type checker off, and no other exclamation mark', () => {
  expect(uncheckedTypes('src/core/a.ts', 'const a: any = b!')).toHaveLength(2)
  expect(uncheckedTypes('src/core/a.ts', 'const a = !b && c !== d // any!')).toEqual([])
})

test('a user of the package can write every import of the kit', () => {
  const exported = ['.', './client']
  const found = (text: string) => privateImports('app-example/shop/page.tsx', text, exported)
  expect(
    found(
      "import { a } from 'next-crossdomain-session'\nimport { b } from 'next-crossdomain-session/client'",
    ),
  ).toEqual([])
  expect(found("import { cart } from '../cart'\nimport Link from 'next/link'")).toEqual([])
  expect(found("import { a } from '../../src/index'")).toHaveLength(1)
  expect(found("import { a } from '../../dist/index.js'")).toHaveLength(1)
  expect(found("import { a } from 'next-crossdomain-session/dist/index.js'")).toHaveLength(1)
  expect(found("import { a } from 'next-crossdomain-session/core'")).toHaveLength(1)
})
