/** Which part may import what: the arrows of ARCHITECTURE.md, as facts. */
import { builtinModules } from 'node:module'
import path from 'node:path'
import { runWhenMain } from './facts.mjs'
import {
  declaredNames,
  importsOf,
  isMemberName,
  lineOf,
  listFiles,
  parseModule,
  readText,
  walk,
} from './source.mjs'

const code = /\.(ts|tsx|mts|mjs|js|jsx)$/
const maxLines = 330
const kit = 'next-crossdomain-session'

/** Files of the core that reach a browser. */
const sharedWithScript = /^src\/shared\//

/** For each folder of src: which of our files and which packages its files may import. */
const layers = {
  shared: { ours: /^src\/(shared|core)\//, packages: [] },
  core: { ours: /^src\/(core|shared)\//, packages: ['iron-session', 'tldts'] },
  stores: { ours: /^src\/(core|stores)\//, packages: ['drizzle-orm'] },
  testing: { ours: /^src\/(core|testing)\//, packages: [], node: true },
  next: {
    ours: /^src\/(core|next|shared)\//,
    packages: ['next', 'react', 'react-dom', '@opentelemetry/api'],
  },
  client: { ours: /^src\/(client|shared)\//, packages: ['next', 'react'] },
}

/**
 * What would make the core depend on the place or the moment where it runs; not even a parameter may be called so.
 * `crypto` (Web Crypto) and `console` are the same everywhere.
 */
const impure = new Set([
  ...['process', 'globalThis', 'global', 'window', 'fetch', 'require', 'Buffer', 'performance', 'eval'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
])
/** The same, but good names as well: counted only in a file that declares no such name. */
const impureUnlessDeclared = new Set([
  'self',
  'location',
  'document',
  'navigator',
  'localStorage',
  'sessionStorage',
])

/** @returns {string[]} What breaks the direction of imports in one file of src. */
export function wrongImports(file, text) {
  const layer = layers[file.split('/')[1]]
  return importsOf(parseModule(file, text)).flatMap(({ from, typeOnly, start }) => {
    const at = `${file}:${lineOf(text, start)} imports ${from}`
    if (from === '(computed)') return [`${at}: write the name out`]
    if (from.startsWith('.')) {
      const target = ownFile(file, from)
      if (layer !== undefined && !layer.ours.test(target)) return [at]
      // The client imports these, and with them all that they import.
      return sharedWithScript.test(file) && !typeOnly
        ? [`${at}: what script shares may import types only`]
        : []
    }
    if (from.startsWith('node:') || builtinModules.includes(from)) return layer?.node === true ? [] : [at]
    return layer !== undefined && layer.packages.includes(packageOf(from)) ? [] : [at]
  })
}

/**
 * @param {ReadonlyMap<string, readonly string[]>} imports Of each file, the files that it imports, types too.
 * @returns {string[]} Circles, each as the way from a file back to itself.
 */
export function circles(imports) {
  const found = []
  const done = new Set()
  const visit = (file, way) => {
    if (way.includes(file)) return void found.push([...way.slice(way.indexOf(file)), file].join(' > '))
    if (done.has(file)) return
    for (const target of imports.get(file) ?? []) visit(target, [...way, file])
    done.add(file)
  }
  for (const file of imports.keys()) visit(file, [])
  return found
}

/** @returns {string[]} Uses of a clock, an environment, a network or a timer. */
export function impureUses(file, text) {
  const found = []
  const program = parseModule(file, text)
  const declared = declaredNames(program)
  const isImpure = (name) => impure.has(name) || (impureUnlessDeclared.has(name) && !declared.has(name))
  walk(program, (node, parent, key) => {
    const report = (what) => found.push(`${file}:${lineOf(text, node.start)} uses ${what}`)
    if (node.type === 'Identifier' && isImpure(node.name) && !isMemberName(parent, key)) report(node.name)
    if (node.type === 'MetaProperty' && node.meta.name === 'import') report('import.meta')
    if (isNamed(node.callee, 'Date')) {
      if (node.type === 'CallExpression') report('Date()')
      if (node.type === 'NewExpression' && node.arguments.length === 0) report('new Date()')
    }
    if (node.type === 'MemberExpression' && isNamed(node.object, 'Date') && isNamed(node.property, 'now'))
      report('Date.now')
    if (node.type === 'MemberExpression' && isNamed(node.object, 'Math') && isNamed(node.property, 'random'))
      report('Math.random')
  })
  return found
}

/** @returns {string[]} Statements of an entry file that are more than a re-export. */
export function moreThanReexports(file, text) {
  return parseModule(file, text)
    .body.filter((node) => {
      const isReexport =
        (node.type === 'ExportNamedDeclaration' && node.source !== null) ||
        node.type === 'ExportAllDeclaration'
      return !isReexport && node.directive !== 'use client'
    })
    .map((node) => `${file}:${lineOf(text, node.start)} ${node.type}`)
}

/** @returns {string[]} `any` and `!`, which switch the type checker off. */
export function uncheckedTypes(file, text) {
  const found = []
  walk(parseModule(file, text), (node) => {
    if (node.type === 'TSAnyKeyword') found.push(`${file}:${lineOf(text, node.start)} any`)
    if (node.type === 'TSNonNullExpression') found.push(`${file}:${lineOf(text, node.start)} !`)
  })
  return found
}

/** @returns {string[]} Imports of the kit that a user of the package could not write. */
export function privateImports(file, text, exported) {
  return importsOf(parseModule(file, text)).flatMap(({ from, start }) => {
    const at = `${file}:${lineOf(text, start)} imports ${from}`
    if (from.startsWith('.')) return /^(src|dist)(\/|$)/.test(ownFile(file, from)) ? [at] : []
    if (from.startsWith('/')) return [at]
    if (from !== kit && !from.startsWith(`${kit}/`)) return []
    return exported.includes(`.${from.slice(kit.length)}`)
      ? []
      : [`${at}, which package.json does not export`]
  })
}

/** Our own file that a relative import means: `./decide.js` is written for `decide.ts`. */
function ownFile(file, from) {
  const target = path.posix.join(path.posix.dirname(file), from)
  const source = target.replace(/\.js$/, '.ts')
  return listed().has(`${source}x`) ? `${source}x` : source
}

function packageOf(from) {
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/')
}

function isNamed(node, name) {
  return node?.type === 'Identifier' && node.name === name
}

let sources
function listed() {
  sources ??= new Set(listFiles('src', code))
  return sources
}

function inFiles(files, check) {
  if (files.length === 0) return ['no file found to check']
  return files.flatMap((file) => check(file, readText(file)))
}

const ownImports = (file) =>
  importsOf(parseModule(file, readText(file))).flatMap(({ from }) =>
    from.startsWith('.') ? [ownFile(file, from)] : [],
  )
const within = (folder) => listFiles(folder, code)
const entries = () => within('src').filter((file) => file.split('/').length === 2)
const exported = () => Object.keys(JSON.parse(readText('package.json')).exports)

/** @type {import('./facts.mjs').Fact[]} */
export const facts = [
  ...Object.keys(layers).map((name) => ({
    title: `src/${name} imports only what ARCHITECTURE.md allows`,
    check: () => inFiles(within(`src/${name}`), wrongImports),
  })),
  {
    title: 'no files of src import each other in a circle',
    check: () => circles(new Map(within('src').map((file) => [file, ownImports(file)]))),
  },
  {
    title: 'src/core knows no clock, environment, network or timer',
    check: () => inFiles(within('src/core'), impureUses),
  },
  {
    title: 'every file of src lies in a layer or is an entry of package.json',
    check: () =>
      within('src').filter((file) => {
        const [, name, below] = file.split('/')
        return below === undefined
          ? !readText('package.json').includes(`./dist/${name.replace(/\.tsx?$/, '.js')}`)
          : !(name in layers)
      }),
  },
  { title: 'entry files only re-export', check: () => inFiles(entries(), moreThanReexports) },
  { title: 'src holds no `any` and no `!`', check: () => inFiles(within('src'), uncheckedTypes) },
  {
    title: `no file of src is longer than ${maxLines} lines`,
    check: () =>
      inFiles(within('src'), (file, text) => {
        const lines = lineOf(text.trimEnd(), Infinity)
        return lines > maxLines ? [`${file} has ${lines}`] : []
      }),
  },
  ...['app-example', 'recipes', 'e2e', 'tests/package', 'tests/apps'].map((folder) => ({
    title: `${folder} imports the kit by its public names`,
    check: () => inFiles(within(folder), (file, text) => privateImports(file, text, exported())),
  })),
]

await runWhenMain(import.meta.url, facts)
