/** Reads the project's own source files, as text and as syntax trees. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parseSync } from 'rolldown/utils'
import { root } from './setup.mjs'

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
  /** @type {string[]} */
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
