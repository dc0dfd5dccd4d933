// What the built command prints, and how it ends.
import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'
import { deploy } from '../support/deployments.js'

function run(
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1' }
    const child = execFile(process.execPath, ['dist/cli/main.js', ...args], { env }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

test('the doctor ends with 0 and one line for each domain if nothing is wrong', async () => {
  const { origins, stop } = await deploy(['shop', 'brand'])
  const { code, stdout } = await run('doctor', ...origins)
  stop()
  expect(code).toBe(0)
  expect(stdout).toBe(`
${origins[0]} (primary)
  ✓ route, host, headers, service-worker, sec-fetch, middleware, cookies, cache

${origins[1]}
  ✓ route, host, headers, service-worker, exchange, secret, once, navigation, clock, sec-fetch, middleware, cookies, cache, csp, island

0 errors, 0 warnings

`)
})

test('the doctor ends with 1 if something is wrong, and names the page of its code', async () => {
  const { origins, stop } = await deploy(['shop', 'brand'], {
    brand: { options: () => ({ secret: 'another-secret-of-at-least-32-characters' }) },
  })
  const { code, stdout } = await run('doctor', ...origins)
  const { stdout: json } = await run('doctor', '--json', ...origins)
  stop()
  expect(code).toBe(1)
  expect(stdout).toContain(
    '✗ secret: The primary cannot open what this domain has sealed: their secrets differ.',
  )
  expect(stdout).toMatch(/errors\/CDS405\.md\n/)
  const { findings } = JSON.parse(json) as { findings: { level: string }[] }
  expect(findings.filter(({ level }) => level === 'error')).toMatchObject([
    { check: 'secret', code: 'CDS405' },
  ])
})

test.each([
  ['doctor'],
  ['doctor', 'https://a.example', '--wrong'],
  ['doctor', 'http://[', 'b.example'],
  ['wrong'],
])('ends with 2 and the usage: %s', async (...args) => {
  const { code, stdout, stderr } = await run(...args)
  expect(code).toBe(2)
  expect(stdout + stderr).toContain('npx next-crossdomain-session doctor')
})
