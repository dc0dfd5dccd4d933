/** Reads the project's own source files, as text and as syntax trees. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync } from 'rolldown/utils'

/** Folder of the project, without a slash at the end. */
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const unread = new Set([
  'node_modules',
  '.next',
  '.git',
  '.data',
  '.cache',
  'test-results',
  'playwright-report',
])

/**
 * @param {string} folder Relative to the project.
 * @param {RegExp} name What a file's path has to match.
 * @returns {string[]} Paths relative to the project, with forward slashes, sorted; none when the folder is missing.
 */
export function listFiles(folder, name) {
  const found = []
  const visit = (relative) => {
    for (const entry of readdirSync(path.join(root, relative), { withFileTypes: true })) {
      const below = path.posix.join(relative, entry.name)
      if (entry.isDirectory() && !unread.has(entry.name)) visit(below)
      if (entry.isFile() && name.test(below)) found.push(below)
    }
  }
  try {
    visit(folder)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  return found.sort()
}

export function readText(relative) {
  return readFileSync(path.join(root, relative), 'utf8')
}

/** @returns The body of the module as an ESTree; types are part of it. */
export function parseModule(file, text) {
  const { program, errors } = parseSync(file, text, { astType: 'ts' })
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`)
  return program
}

/** Calls `visit(node, parent, key)` for every node of a tree. */
export function walk(node, visit, parent = null, key = '') {
  visit(node, parent, key)
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child !== null && typeof child === 'object' && typeof child.type === 'string')
        walk(child, visit, node, name)
    }
  }
}

/** @returns {{ from: string, typeOnly: boolean, start: number }[]} Everything that a module imports or re-exports from elsewhere. */
export function importsOf(program) {
  const found = []
  const add = (source, typeOnly) =>
    found.push({ from: source?.value ?? '(computed)', typeOnly, start: source?.start ?? 0 })
  walk(program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        return add(node.source, node.importKind === 'type')
      case 'ExportAllDeclaration':
        return add(node.source, node.exportKind === 'type')
      case 'ExportNamedDeclaration':
        return node.source === null ? undefined : add(node.source, node.exportKind === 'type')
      case 'ImportExpression':
        return add(node.source.type === 'Literal' ? node.source : null, false)
      case 'TSImportType':
        return add(node.source, true)
      case 'TSExternalModuleReference':
        return add(node.expression, false)
    }
  })
  return found
}

/** True where an identifier only names a member, so that it refers to nothing: `x.fetch`, `{ fetch: 1 }`, `fetch(): void`. */
export function isMemberName(parent, key) {
  if (parent === null) return false
  if (key === 'property') return parent.type === 'MemberExpression' && !parent.computed
  if (key === 'key') return parent.computed !== true
  return parent.type === 'TSQualifiedName' && key === 'right'
}

/** @returns {Set<string>} Names of variables and parameters that the module declares anywhere; scopes are not looked at. */
export function declaredNames(program) {
  const names = new Set()
  const addPattern = (pattern) => {
    if (pattern?.type === 'Identifier') names.add(pattern.name)
    else if (pattern?.type === 'ObjectPattern')
      pattern.properties.forEach((part) => addPattern(part.value ?? part.argument))
    else if (pattern?.type === 'ArrayPattern') pattern.elements.forEach(addPattern)
    else if (pattern !== null && pattern !== undefined)
      addPattern(pattern.left ?? pattern.argument ?? pattern.parameter)
  }
  walk(program, (node) => {
    if (node.type === 'VariableDeclarator') addPattern(node.id)
    if (Array.isArray(node.params)) node.params.forEach(addPattern)
  })
  return names
}

export function lineOf(text, offset) {
  return text.slice(0, offset).split('\n').length
}
