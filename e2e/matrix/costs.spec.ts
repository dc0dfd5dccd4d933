// What each step costs, as the table in docs/browsers.md says. The table is read from there.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CellName } from './cells.js'
import type { Front } from './front.js'
import { expect, test } from './test.js'

const page = readFileSync(path.join(import.meta.dirname, '..', '..', 'docs', 'browsers.md'), 'utf8')

const rows = page.split('\n').filter((line) => line.startsWith('| '))
const cellsOf = (row: string | undefined) => (row ?? '').split('|').map((text) => text.trim())
const heading = cellsOf(rows.find((row) => row.startsWith('| step |')))

/** What the table says of a step in the column of this cell of the matrix. */
function documented(step: string, cellName: CellName): string | undefined {
  return cellsOf(rows.find((row) => row.startsWith(`| ${step} |`)))[heading.indexOf(cellName)]
}

async function measured(front: Front): Promise<string> {
  await front.quiet()
  const { loads, redirects, exchange } = front.cost()
  return `${loads} · ${redirects} · ${exchange.length}`
}

test('each step costs what the table says', async ({ tab, front, cellName }, { annotations }) => {
  expect(heading, 'the table needs a column for this cell').toContain(cellName)
  const costs: Record<string, string> = {}
  const step = async (name: string, run: () => Promise<void>) => {
    // What the page before has begun is not of this step.
    await front.quiet()
    front.forget()
    await run()
    costs[name] = await measured(front)
    annotations.push({ type: name, description: `${costs[name]}: ${front.cost().exchange.join(', ')}` })
  }
  await step('first page of the primary', () => tab.open('primary'))
  await tab.addToCart()
  for (const [name, domain] of [
    ['first page of a secondary', 'secondary'],
    ['first page of a second secondary', 'another'],
    ['next page of a secondary', 'secondary'],
  ] as const)
    await step(name, async () => {
      await tab.open(domain)
      await tab.expectShown({ cart: 1 })
      await tab.expectAgreement()
    })
  await tab.open('primary')
  await tab.signIn('ada', 1)
  await step('after a sign-in on the primary', async () => {
    await tab.open('secondary')
    await tab.expectShown({ cart: 1, user: 'ada' })
    await tab.expectAgreement()
  })
  await tab.signOut()
  await step('after a sign-out on that secondary', async () => {
    await tab.open('secondary')
    await tab.expectAgreement()
  })
  await tab.signIn('ada', 0)
  await step('after a sign-in on that secondary', async () => {
    await tab.open('secondary')
    await tab.expectAgreement()
  })
  expect(costs).toEqual(
    Object.fromEntries(Object.keys(costs).map((name) => [name, documented(name, cellName)])),
  )
})
