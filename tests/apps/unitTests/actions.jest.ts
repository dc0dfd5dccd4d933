import { expect, test } from '@jest/globals'
import { cases } from './cases'

test.each(Object.entries(cases))('%s', async (_, run) => {
  const [actual, expected] = await run()
  expect(actual).toBe(expected)
})
