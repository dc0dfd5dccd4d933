import { expect, test } from 'vitest'
import { countPlaywright, countVitest } from '../../scripts/report.mjs'

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((status, index) => ({ fullName: `${status} ${index}`, status })),
})

test('counts every vitest test once, and names what was skipped', () => {
  const report = {
    testResults: [file('failed', 'passed', 'failed', 'skipped', 'todo'), file('passed', 'passed')],
  }
  expect(countVitest(report, 1)).toEqual({ passed: 2, failed: 1, skipped: 2, names: ['skipped 2', 'todo 3'] })
})

test('counts a vitest file that does not load as a failure', () => {
  expect(countVitest({ testResults: [file('failed'), file('passed', 'passed')] }, 1)).toMatchObject({
    passed: 1,
    failed: 1,
  })
})

test('counts a runner that ends badly as a failure, whatever its tests say', () => {
  expect(countVitest({ testResults: [file('passed', 'passed')] }, 1)).toMatchObject({ passed: 1, failed: 1 })
  expect(countPlaywright({ suites: [], errors: [] }, 1)).toMatchObject({ passed: 0, failed: 1 })
})

test('counts Playwright tests at any depth; a flaky one has failed, one that never ran was skipped', () => {
  const spec = (title: string, status: string) => ({ title, tests: [{ status }] })
  const inner = { title: 'cart', specs: [spec('flickers', 'flaky'), spec('waits', 'skipped')] }
  const report = {
    errors: [{ message: 'outside of tests' }],
    suites: [
      {
        title: 'shop.spec.ts',
        specs: [spec('opens', 'expected'), spec('breaks', 'unexpected')],
        suites: [inner],
      },
    ],
  }
  expect(countPlaywright(report, 1)).toEqual({
    passed: 1,
    failed: 3,
    skipped: 1,
    names: ['shop.spec.ts › cart › waits'],
  })
})
