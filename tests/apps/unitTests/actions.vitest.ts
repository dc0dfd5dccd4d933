import { expect, test } from 'vitest'
import { cases } from './cases'

test.each(Object.entries(cases))('%s', async (_, run) => {
  const [actual, expected] = await run()
  expect(actual).toBe(expected)
})
