/**
 * `npm test`: installs what is missing, builds, and runs every check and test, on a fresh clone as on a used one.
 *
 *     npm test                      everything
 *     npm test -- static            the static checks
 *     npm test -- unit [args]       vitest; the arguments go to it: `npm test -- unit exchange`
 *     npm test -- e2e [args]        Playwright; the arguments go to it: `npm test -- e2e --grep cart`
 *
 * The last line counts all of them, as their own reports do.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { onRightNode } from './lib/rightNode.mjs'
import { countPlaywright, countVitest } from './report.mjs'
import { buildKit, ensureBrowser, ensureDependencies, ensureEngines } from './setup.mjs'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const checks = [
  'check-imports.mjs',
  'check-errors.mjs',
  'check-types.mjs',
  'check-names.mjs',
  'check-package.mjs',
]

const [part = 'all', ...runnerArguments] = process.argv.slice(2)
if (!['all', 'static', 'unit', 'e2e'].includes(part)) {
  console.error(`There is no part "${part}". Use: npm test [-- static | unit [args] | e2e [args]]`)
  process.exit(2)
}
try {
  await onRightNode()
} catch (error) {
  console.error(`${error.message}\n\n0 passed, 1 failed, 0 skipped`)
  process.exit(1)
}
const wants = (name) => part === 'all' || part === name

const reports = mkdtempSync(path.join(tmpdir(), 'crossdomain-test-'))
process.once('exit', () => rmSync(reports, { recursive: true, force: true }))

const total = { passed: 0, failed: 0, skipped: 0 }
const summary = []

const installed = await prepare('dependencies', ensureDependencies)
const built = installed && (await prepare('build', buildKit))
if (wants('static')) await count('static checks', installed, runStatic)
if (wants('unit')) {
  const engines = installed && (await prepare('database servers', ensureEngines))
  await count('vitest', engines, runVitest)
}
if (wants('e2e')) {
  const browser = built && (await prepare('browser', ensureBrowser))
  await count('playwright', browser, runPlaywright)
}

console.log(`\n${summary.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)

/** Runs a step that others need. @returns Whether it worked; if not, it counts as one failure. */
async function prepare(title, run) {
  const started = begin(title)
  try {
    await run()
    end(title, started, 'done')
    return true
  } catch (error) {
    console.error(error)
    total.failed += 1
    end(title, started, 'FAILED')
    return false
  }
}

/** Runs a step that counts, and adds what it counted. */
async function count(title, ready, run) {
  if (!ready) {
    console.log(`\n── ${title}: not run, because a step before it failed`)
    summary.push(`${title}: not run, because a step before it failed`)
    return
  }
  const started = begin(title)
  let counts
  try {
    counts = await run()
  } catch (error) {
    console.error(error)
    counts = { passed: 0, failed: 1, skipped: 0 }
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    console.error('nothing ran, which counts as a failure')
    counts.failed = 1
  }
  for (const name of counts.names ?? []) console.log(`  skipped: ${name}`)
  for (const key of Object.keys(total)) total[key] += counts[key]
  end(title, started, `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
}

async function runStatic() {
  const { runFacts } = await import('./facts.mjs')
  const facts = await Promise.all(checks.map(async (file) => (await import(`./${file}`)).facts))
  return runFacts(facts.flat())
}

async function runVitest() {
  const report = path.join(reports, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const status = await runNode(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...runnerArguments])
  return countVitest(JSON.parse(readFileSync(report, 'utf8')), status)
}

async function runPlaywright() {
  const report = path.join(reports, 'playwright.json')
  const command = [
    'node_modules/@playwright/test/cli.js',
    'test',
    '--config',
    'e2e/playwright.config.ts',
    ...runnerArguments,
  ]
  const status = await runNode(command, { PLAYWRIGHT_JSON_OUTPUT_FILE: report })
  return countPlaywright(JSON.parse(readFileSync(report, 'utf8')), status)
}

/** @returns {Promise<number>} The exit status; output goes where ours goes, and nothing waits for an answer. */
function runNode(command, environment = {}) {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
    }
    const child = spawn(process.execPath, command, options)
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? 1))
  })
}

function begin(title) {
  console.log(`\n── ${title}`)
  return performance.now()
}

function end(title, started, outcome) {
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`── ${title}: ${outcome} in ${seconds} s`)
  summary.push(`${title}: ${outcome} in ${seconds} s`)
}
