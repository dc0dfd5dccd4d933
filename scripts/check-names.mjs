/** What entry files hold: re-exports, and every type that a public signature names, so that a user can import it. */
import path from 'node:path'
import { listFiles, parseModule, readText, walk } from './source.mjs'

/**
 * @param {readonly string[]} entries Declaration files that package.json names.
 * @param {(file: string) => string} read
 * @returns {string[]} Types of ours that an exported declaration names, and that no entry exports.
 */
export function unnameable(entries, read) {
  const modules = new Map()
  const open = (file) => {
    if (!modules.has(file)) modules.set(file, namesOf(file, parseModule(file, read(file))))
    return modules.get(file)
  }
  /** Where a name of a module is declared; null for what is not ours. */
  const find = (file, name) => {
    const { declared, foreign } = open(file)
    if (declared.has(name)) return { file, name, node: declared.get(name) }
    const target = foreign.get(name)
    return target === undefined || !target.from.startsWith('.')
      ? null
      : find(ownFile(file, target.from), target.name)
  }
  const named = entries
    .flatMap((entry) =>
      [...open(entry).exported].map(([name, local]) => ({ entry, name, at: find(entry, local) })),
    )
    .filter(({ at }) => at !== null)
  const known = new Set(named.map(({ at }) => `${at.file}#${at.name}`))
  const found = named.flatMap(({ entry, name, at }) =>
    [...typesIn(at.node)].flatMap((type) => {
      const target = find(at.file, type)
      return target === null || known.has(`${target.file}#${target.name}`)
        ? []
        : [`${entry}: ${name} names ${type}, which no entry exports`]
    }),
  )
  return [...new Set(found)]
}

/** @returns {string[]} Statements of an entry file that are more than a re-export. */
export function moreThanReexports(file, text) {
  return parseModule(file, text)
    .body.filter((node) => !node.source || !node.type.startsWith('Export'))
    .filter((node) => node.directive !== 'use client')
    .map((node) => `${file} holds ${node.type}`)
}

/** What a module declares, takes from elsewhere and exports, by name. */
function namesOf(file, program) {
  const [declared, foreign, exported] = [new Map(), new Map(), new Map()]
  const declare = (node) => {
    if (node.type === 'VariableDeclaration')
      for (const { id } of node.declarations) declared.set(id.name, node)
    // Overloads have one name and several declarations.
    else if (node.id?.type === 'Identifier')
      declared.set(node.id.name, {
        type: 'Declarations',
        all: [...(declared.get(node.id.name)?.all ?? []), node],
      })
  }
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration')
      for (const { local, imported } of node.specifiers)
        foreign.set(local.name, { from: node.source.value, name: imported?.name })
    else if (node.type === 'ExportAllDeclaration')
      throw new Error(`${file} exports all of ${node.source.value}: write the names out`)
    else if (node.type === 'ExportNamedDeclaration') {
      if (node.declaration) declare(node.declaration)
      for (const specifier of node.specifiers) {
        const { local, exported: as } = specifier
        exported.set(as.name, local.name)
        if (node.source) foreign.set(local.name, { from: node.source.value, name: local.name })
      }
    } else declare(node)
  }
  return { declared, foreign, exported }
}

/** @returns {Set<string>} Types that a declaration names, but its own parameters. */
function typesIn(declaration) {
  const [names, own] = [new Set(), new Set()]
  walk(declaration, (node) => {
    const name =
      node.type === 'TSTypeReference'
        ? node.typeName
        : node.type === 'TSInterfaceHeritage' || node.type === 'TSClassImplements'
          ? node.expression
          : null
    if (name?.type === 'Identifier') names.add(name.name)
    if (node.type === 'TSTypeParameter' || node.type === 'TSMappedType') own.add((node.name ?? node.key).name)
  })
  return new Set([...names].filter((name) => !own.has(name)))
}

function ownFile(file, from) {
  return path.posix.join(path.posix.dirname(file), from).replace(/\.js$/, '.d.ts')
}

const entries = () =>
  Object.values(JSON.parse(readText('package.json')).exports).flatMap((target) =>
    typeof target === 'string' ? [] : [target.types.replace('./', '')],
  )

/** Each `check` answers what contradicts its title, a line for each; none if it is true. */
export const facts = [
  {
    title: 'entry files only re-export',
    check: () => listFiles('src', /^src\/[^/]+$/).flatMap((file) => moreThanReexports(file, readText(file))),
  },
  {
    title: 'every type that a public signature names can be imported',
    check: () => unnameable(entries(), readText),
  },
]
