import { expect, test } from 'vitest'
import { brokenTestLinks, titlesOf, unproven } from '../../scripts/check-promises.mjs'

const source = `
describe('a group', () => {
  test('a fact', () => {})
  test.each([1])('each %i', () => {})
  test.each<[string]>([['x']])(\`of \${kind}\`, () => {})
  expect('no title').toBe('no title')
})`

test('finds the titles of tests and groups, and no other text', () => {
  expect([...titlesOf('a.test.ts', source)]).toEqual(['a group', 'a fact', 'each %i', 'of ${kind}'])
})

test.each([
  ['[test](tests/a.test.ts "a fact")', []],
  ['[test](tests/a.test.ts "each %i") and [test](tests/a.test.ts "a group")', []],
  ['[test](tests/a.test.ts "another fact")', ['tests/a.test.ts has no test "another fact"']],
  ['[test](tests/a.test.ts "no title")', ['tests/a.test.ts has no test "no title"']],
  ['[test](tests/a.test.ts)', ['tests/a.test.ts has no test ""']],
  ['[test](e2e/b.spec.ts "a fact")', ['e2e/b.spec.ts is missing']],
])('%s', (text, problems) => {
  const read = (file: string) => (file === 'tests/a.test.ts' ? source : null)
  expect(brokenTestLinks(text, read)).toEqual(problems)
})

test('finds each promise without a test, and asks for none where nothing is promised', () => {
  const proven = '([test](tests/a.test.ts "a fact"))'
  const text = [
    '## What must always hold',
    '',
    `1. Kept. ${proven}`,
    '2. Only said.',
    '## Cross-site requests',
    'A paragraph that is only said.',
    `Another one. ${proven}`,
    '## Known costs',
    '- A cost.',
    '### What limits it',
    '- A limit that is only said.',
  ].join('\n')
  expect(unproven(text)).toEqual([
    '2. Only said.',
    'A paragraph that is only said.',
    '- A limit that is only said.',
  ])
})
