import { expect, test } from 'vitest'
import { planApp } from '../support/builtApp.js'

test(
  'next build says which file of an application brings the server part into the browser, and what to do',
  { timeout: 400_000 },
  async () => {
    const app = await planApp('tests/apps/clientImport')
    expect(() => app.build()).toThrow(
      /CDS119 A client component imports .+ Use \S+\/client [^]+app\/Cart\.tsx/,
    )
  },
)
