import { expect, test } from 'vitest'
import { catalogueOf, pageProblems, unknownCodes } from '../../scripts/check-errors.mjs'

const sentence = 'No secret. Set CROSSDOMAIN_SECRET.'
const page =
  '# CDS101: No secret.\n\n## Cause\n\nA.\n\n## Fix\n\nB.\n\n## Example\n\n```ini\n# a comment\nA=1\n```\n'

test('reads every code and its sentence from the catalogue', () => {
  const text = `// CDS${999} is only a comment\nexport const catalogue = { CDS101: ['No ' + 'secret.'], CDS102: ['Too short.', 400] } as const`
  expect([...catalogueOf(text)]).toEqual([
    ['CDS101', 'No secret.'],
    ['CDS102', 'Too short.'],
  ])
})

test('a code stands once in the catalogue', () => {
  expect(() => catalogueOf("export const catalogue = { CDS101: 'A.', CDS101: 'B.' }")).toThrow(
    'CDS101 stands twice',
  )
})

test('a complete page has no problem', () => {
  expect(pageProblems('CDS101', sentence, page)).toEqual([])
})

test.each([
  ['another sentence', page.replace('No secret.', 'No key.')],
  ['another code', page.replace('CDS101', 'CDS102')],
  ['no cause', page.replace('## Cause\n\nA.\n\n', '')],
  ['an empty fix', page.replace('B.\n', '')],
  [
    'sections in another order',
    page.replace('## Cause', '## X').replace('## Fix', '## Cause').replace('## X', '## Fix'),
  ],
  ['no code in the example', page.replace(/```[^]*```/, 'None.')],
])('a page with %s has one problem', (_, text) => {
  expect(pageProblems('CDS101', sentence, text)).toHaveLength(1)
})

test('finds codes that the catalogue does not know', () => {
  expect(
    unknownCodes('CDS101, CDS102 and CDS102, but not CDS10 or XCDS103', new Map([['CDS101', sentence]])),
  ).toEqual(['CDS102'])
})
