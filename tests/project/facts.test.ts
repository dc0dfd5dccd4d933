// What is true of the project as a whole, and no tool checks. Needs the build.
import { expect, test } from 'vitest'
import { facts as errorPages } from '../../scripts/check-errors.mjs'
import { facts as names } from '../../scripts/check-names.mjs'
import { facts as npmPackage } from '../../scripts/check-package.mjs'
import { facts as promises } from '../../scripts/check-promises.mjs'
import { listFiles, readText } from '../../scripts/source.mjs'

test.each([...errorPages, ...names, ...npmPackage, ...promises])(
  '$title',
  { timeout: 60_000 },
  async ({ check }) => {
    expect(await check()).toEqual([])
  },
)

// The linter forbids `Date.now`; it has no rule for a date of the present moment.
test('src/core asks no clock by `new Date()`', () => {
  const files = listFiles('src/core', /\.ts$/)
  expect(files).not.toEqual([])
  expect(files.filter((file) => /\bDate\(\s*\)/.test(readText(file)))).toEqual([])
})
