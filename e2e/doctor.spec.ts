// The doctor against the demo shop, whose three deployments are all as they should be.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { originOf } from './harness/shop.js'
import { expect, test } from './harness/test.js'

test('the doctor finds nothing to say about the demo shop', async () => {
  const origins = (['primary', 'secondary', 'another'] as const).map(originOf)
  const command = ['dist/cli/main.js', 'doctor', '--json', ...origins]
  const { stdout } = await promisify(execFile)(process.execPath, command)
  const { findings } = JSON.parse(stdout) as { findings: { level: string; check: string }[] }
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
  expect(new Set(findings.map(({ check }) => check)).size).toBeGreaterThan(12)
})
