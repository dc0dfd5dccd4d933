import { readFileSync } from 'node:fs'
import { parseSync } from 'rolldown/utils'
import { expect, test } from 'vitest'

// Of the built package, by its public names: what a user of the next version can still import.
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  exports: Record<string, string | { types: string }>
}
const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
  typeof target === 'string' ? [] : [{ name, ...target }],
)

test.each(entries)('exports of $name are the ones of the snapshot', async ({ name, types }) => {
  const values = (await import(/* @vite-ignore */ manifest.name + name.slice(1))) as Record<string, unknown>
  const kinds = Object.entries(values).map(([key, value]) => [key, kindOf(value)] as const)
  const all = [...kinds, ...typeNames(types).map((key) => [key, 'type'] as const)]
  expect(Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))).toMatchSnapshot()
})

function kindOf(value: unknown): string {
  if (typeof value !== 'function') return value === null ? 'null' : typeof value
  return /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'function'
}

/** Names that an entry's declaration file exports as types only; entry files only re-export, so all of them are written out. */
function typeNames(file: string): string[] {
  const { program } = parseSync(file, readFileSync(file, 'utf8'), { astType: 'ts', lang: 'dts' })
  return program.body.flatMap((node) => {
    if (node.type !== 'ExportNamedDeclaration') return []
    const named = node.specifiers.filter(
      (specifier) => node.exportKind === 'type' || specifier.exportKind === 'type',
    )
    return named.map(({ exported }) =>
      exported.type === 'Identifier' ? exported.name : String(exported.value),
    )
  })
}
