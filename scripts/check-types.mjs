/** Compiles what the build does not: tests, type tests (`tests/types/*.test-d.ts`), fixtures and browser tests. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { runWhenMain } from './facts.mjs'
import { listFiles, readText, root } from './source.mjs'

const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/** @returns {string[]} What the compiler says about a project. */
function compile(project, ...options) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [compiler, '--noEmit', '--pretty', 'false', '-p', project, ...options],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  const lines = `${stdout}${stderr}`.trim().split('\n').filter(Boolean)
  return status === 0 ? [] : lines.length > 0 ? lines.slice(0, 40) : [`tsc ended with ${status}`]
}

/** @type {import('./facts.mjs').Fact[]} */
export const facts = [
  { title: 'the source type-checks', check: () => compile('tsconfig.json') },
  {
    title: 'tests, type tests, fixtures and browser tests type-check',
    check: () => compile('tests/tsconfig.json'),
  },
  {
    title: 'type tests of an application, against the build, type-check with both ways of resolving modules',
    check: () =>
      [[], ['--module', 'esnext', '--moduleResolution', 'bundler']].flatMap((options) =>
        compile('tests/types/registered', ...options),
      ),
  },
  {
    title: 'the type tests refuse something: each holds a @ts-expect-error line',
    check: () => {
      const files = listFiles('tests/types', /\.test-d\.tsx?$/)
      if (files.length === 0) return ['tests/types has no type test']
      return files.filter((file) => !readText(file).includes('// @ts-expect-error'))
    },
  },
]

await runWhenMain(import.meta.url, facts)
