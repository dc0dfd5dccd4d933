import { expect, test } from 'vitest'
import { moreThanReexports, unnameable } from '../../scripts/check-names.mjs'

const problems = (files: Record<string, string>) =>
  unnameable(['dist/index.d.ts', 'dist/client.d.ts'], (file: string) => files[file] ?? '')

test.each([
  ['of an interface', 'export interface Public { readonly inner: Inner }'],
  ['of a function', 'export declare function Public(inner: Inner): void'],
  [
    'of one of its overloads',
    'export declare function Public(inner: Inner): void; export declare function Public(): void',
  ],
  ['of a constant', 'export declare const Public: readonly Inner[]'],
  ['that is extended', 'export interface Public extends Omit<Inner, "a"> {}'],
  ['of a type parameter', 'export type Public<T extends Inner> = T'],
])('finds a type %s that no entry exports', (_, declaration) => {
  const files = {
    'dist/index.d.ts': "export type { Public } from './core/a.js'",
    'dist/core/b.d.ts': 'export interface Inner {}',
  }
  const own = { ...files, 'dist/core/a.d.ts': `interface Inner {} ${declaration}` }
  const imported = {
    ...files,
    'dist/core/a.d.ts': `import type { Inner as Other } from './b.js'; ${declaration.replaceAll('Inner', 'Other')}`,
  }
  expect(problems(own)).toEqual(['dist/index.d.ts: Public names Inner, which no entry exports'])
  expect(problems(imported)).toEqual(['dist/index.d.ts: Public names Other, which no entry exports'])
  expect(problems({ ...imported, 'dist/client.d.ts': "export type { Inner } from './core/b.js'" })).toEqual(
    [],
  )
})

test('asks for no type parameter, no type of a package and none of the language', () => {
  const declaration =
    "import type { NextRequest } from 'next/server.js'; export type Public<T> = { [Key in keyof T]: Promise<T[Key]> | NextRequest }"
  expect(
    problems({
      'dist/index.d.ts': "export type { Public } from './core/a.js'",
      'dist/core/a.d.ts': declaration,
    }),
  ).toEqual([])
})

test('an entry file holds nothing but re-exports and the client directive', () => {
  const pure = "'use client'\nexport { a, type B } from './core/a.js'\nexport type { C } from './core/c.js'"
  expect(moreThanReexports('src/index.ts', pure)).toEqual([])
  expect(moreThanReexports('src/index.ts', "import './core/a.js'")).toHaveLength(1)
  expect(moreThanReexports('src/index.ts', 'export const a = 1')).toHaveLength(1)
  expect(moreThanReexports('src/index.ts', 'const a = 1\nexport { a }')).toHaveLength(2)
})
