/**
 * `npm test`: installs what is missing, builds, and runs every check and test, on a fresh clone as on a used one.
 *
 *     npm test                      everything
 *     npm test -- static            the static checks
 *     npm test -- unit [args]       vitest; the arguments go to it: `npm test -- unit exchange`
 *     npm test -- e2e [args]        Playwright; the arguments go to it: `npm test -- e2e --grep cart`
 *     npm test -- matrix [cells]    the scenarios of e2e/matrix in three engines: `npm test -- matrix firefox webkit-itp`
 *     npm test -- builds [names]    the scenarios of e2e/builds on every way to build: `npm test -- builds next-15`
 *
 * Each tool reports by itself. The last line adds them up; a static tool counts as one.
 */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { ensureChromium } from './lib/browsers.mjs'
import { onRightNode } from './lib/rightNode.mjs'
import { buildKit, ensureDependencies, ensureEngines, root } from './setup.mjs'

const checks = ['format:check', 'lint', 'types', 'unused', 'size']
const total = { passed: 0, failed: 0, skipped: 0, flaky: 0 }

const [part = 'all', ...runnerArguments] = process.argv.slice(2)
if (!['all', 'static', 'unit', 'e2e', 'matrix', 'builds'].includes(part)) {
  console.error(
    `There is no part "${part}". Use: npm test [-- static | unit [args] | e2e [args] | matrix [cells] | builds [names]]`,
  )
  process.exit(2)
}
const wants = (name) => part === 'all' || part === name

const isReady = await step('set-up', async () => {
  await onRightNode()
  await ensureDependencies()
  await buildKit()
})
if (isReady && wants('static')) {
  for (const name of checks) await step(name, () => runCheck(name))
  await step('project', () => runVitest(['--project', 'static']))
}
if (isReady && wants('unit'))
  await step('vitest', async () => {
    await ensureEngines()
    await runVitest(['--project', 'node', '--project', 'edge', ...runnerArguments])
  })
if (isReady && wants('e2e'))
  await step('playwright', async () => {
    await ensureChromium()
    await runPlaywright('e2e/playwright.config.ts', 'report.json', runnerArguments)
  })
// Nine browsers take a while, so CI and people ask for this part by its name.
if (isReady && part === 'matrix')
  await step('matrix', () =>
    runPlaywright('e2e/matrix/playwright.config.ts', 'matrix.json', runnerArguments.map(asProject)),
  )

if (isReady && part === 'builds')
  await step('builds', () =>
    runPlaywright('e2e/builds/playwright.config.ts', 'builds.json', runnerArguments.map(asProject)),
  )

const flaky = total.flaky === 0 ? '' : `, ${total.flaky} of them at the second try`
console.log(`\n${total.passed} passed${flaky}, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(total.failed === 0 ? 0 : 1)

/** @returns {Promise<boolean>} Whether the step came to its end; if not, it counts as one failure. */
async function step(title, run) {
  console.log(`\n── ${title}`)
  try {
    await run()
    return true
  } catch (error) {
    console.error(error.message)
    total.failed += 1
    return false
  }
}

async function runCheck(name) {
  const status = await start('npm', ['run', '--silent', name])
  if (status !== 0) throw new Error(`npm run ${name} found something`)
  total.passed += 1
}

function runVitest(options) {
  const report = path.join(root, 'test-results', 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return runTests(['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...options], report, (counted) => ({
    passed: counted.numPassedTests,
    failed: counted.numFailedTests,
    skipped: counted.numPendingTests + counted.numTodoTests,
    flaky: 0,
  }))
}

/** `firefox` means all its settings. */
function asProject(argument) {
  return argument.startsWith('-') ? argument : `--project=${argument}*`
}

function runPlaywright(config, reportName, options) {
  const report = path.join(root, 'test-results', reportName)
  return runTests(
    ['node_modules/@playwright/test/cli.js', 'test', '--config', config, ...options],
    report,
    ({ stats }) => ({
      passed: stats.expected + stats.flaky,
      failed: stats.unexpected,
      skipped: stats.skipped,
      flaky: stats.flaky,
    }),
  )
}

/** Runs a test runner, and adds what its JSON report counts. */
async function runTests(command, report, read) {
  rmSync(report, { force: true })
  const status = await start(process.execPath, command)
  const counts = read(JSON.parse(readFileSync(report, 'utf8')))
  // A file that does not load, or an error outside of tests, fails the run but no test.
  if (status !== 0 && counts.failed === 0) counts.failed = 1
  for (const key of Object.keys(total)) total[key] += counts[key]
}

/** @returns {Promise<number>} The exit status; output goes where ours goes, and nothing waits for an answer. */
function start(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32' && program === 'npm',
    })
    child.once('error', reject)
    child.once('close', (status) => resolve(status ?? 1))
  })
}
