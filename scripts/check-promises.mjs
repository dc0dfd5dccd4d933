/** What SECURITY.md promises is tested: each promise links to a test, by file and title. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { root } from './setup.mjs'
import { parseModule, readText, walk } from './source.mjs'

const file = 'SECURITY.md'

/** Sections in which every list item and every paragraph promises something. */
const promising = [
  'Where secrets are kept',
  'What must always hold',
  'What limits it',
  'Cross-site requests',
  'Bearer tokens, hosts, caches, subdomains',
]

/** @returns {{ file: string, title: string }[]} Links to tests: `[test](tests/a.test.ts "its title")`. */
function testLinks(text) {
  return [...text.matchAll(/\]\(((?:tests|e2e)\/[^\s)]+)(?: "([^"]*)")?\)/g)].map(([, file, title = '']) => ({
    file,
    title,
  }))
}

/** @returns {Set<string>} Titles of the tests and groups of tests in a file, as they are written there. */
export function titlesOf(name, text) {
  const titles = new Set()
  walk(parseModule(name, text), (node) => {
    if (node.type !== 'CallExpression' || !/^(test|describe)$/.test(calleeOf(node))) return
    const [first] = node.arguments
    if (first?.type === 'Literal') titles.add(first.value)
    if (first?.type === 'TemplateLiteral') titles.add(text.slice(first.start + 1, first.end - 1))
  })
  return titles
}

/** `test` of `test(…)`, `test.each(…)(…)` and `test.skip(…)`. */
function calleeOf({ callee }) {
  if (callee.type === 'CallExpression') return calleeOf(callee)
  if (callee.type === 'MemberExpression') return callee.object.name ?? ''
  return callee.name ?? ''
}

/** @returns {string[]} Promises without a test. */
export function unproven(text) {
  return text
    .split(/^#{2,3} /m)
    .filter((section) => promising.includes(section.split('\n')[0]))
    .flatMap((section) => section.split('\n').slice(1))
    .filter((line) => /^(\d+\.|-|\w|`)/.test(line) && testLinks(line).length === 0)
}

/** @returns {string[]} Links to tests that are not there. `read` answers null for a file that is missing. */
export function brokenTestLinks(text, read) {
  return testLinks(text).flatMap(({ file, title }) => {
    const source = read(file)
    if (source === null) return [`${file} is missing`]
    return titlesOf(file, source).has(title) ? [] : [`${file} has no test "${title}"`]
  })
}

/** Each `check` answers what contradicts its title, a line for each; none if it is true. */
export const facts = [
  { title: 'every promise of SECURITY.md names a test', check: () => unproven(readText(file)) },
  {
    title: 'SECURITY.md has the sections that promise something',
    check: () => promising.filter((title) => !readText(file).match(new RegExp(`^#{2,3} ${title}$`, 'm'))),
  },
  {
    title: 'every test that SECURITY.md names is there',
    check: () => {
      const text = readText(file)
      if (testLinks(text).length === 0) return [`${file} names no test`]
      return brokenTestLinks(text, (name) => (existsSync(path.join(root, name)) ? readText(name) : null))
    },
  },
]
