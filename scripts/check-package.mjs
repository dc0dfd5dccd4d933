/** What npm would publish: its files, its types, and what of it reaches a browser or an edge runtime. Needs the build. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { rolldown } from 'rolldown'
import { linksOf } from './check-errors.mjs'
import { root } from './setup.mjs'
import { listFiles, parseModule, readText } from './source.mjs'

const shipped =
  /^(dist\/.+\.(js|d\.ts)|sql\/[a-z]+\.sql|errors\/CDS\d{3}\.md|docs\/[^/]+\.md|package\.json|LICENSE|(README|CHANGELOG)\.md)$/
const manifest = JSON.parse(readText('package.json'))
const targets = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [target] : Object.values(target),
)

/** Each `check` answers what contradicts its title, a line for each; none if it is true. */
export const facts = [
  {
    title: 'every file of dist comes from a source that is there',
    check: () => {
      const sources = new Set(
        listFiles('src', /\.tsx?$/).map((file) => file.replace(/^src\/(.*)\.tsx?$/, 'dist/$1')),
      )
      const stale = listFiles('dist', /./).filter((file) => !sources.has(file.replace(/\.(js|d\.ts)$/, '')))
      return stale.map((file) => `${file} is left over; delete dist and build again`)
    },
  },
  {
    title: 'npm packs the build, the error pages and the documents, and nothing else',
    check: () => {
      const packed = new Set(pack().files)
      const documents = ['errors', 'docs'].flatMap((folder) => listFiles(folder, /\.md$/))
      const wanted = [
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        ...targets.map((target) => target.slice(2)),
        ...documents,
      ]
      return [
        ...[...packed]
          .filter((file) => !shipped.test(file))
          .map((file) => `${file} has no place in the package`),
        ...wanted.filter((file) => !packed.has(file)).map((file) => `${file} is missing from the package`),
      ]
    },
  },
  {
    title: 'documents link to each other in the package, and to the rest of the repository by its address',
    check: () => {
      const { files } = pack()
      const isPacked = (to) => files.some((file) => file === to || file.startsWith(`${to}/`))
      return files
        .filter((file) => file.endsWith('.md'))
        .flatMap((file) =>
          linksOf(file, readText(file))
            .filter(({ to, link }) => to !== null && !link.startsWith('https:') && !isPacked(to))
            .map(({ link }) => `${file} links to ${link}, which is not in the package`),
        )
    },
  },
  {
    title: 'errors name the repository of package.json, where their pages are',
    check: () => {
      const { homepage, bugs, repository } = manifest
      const source = readText('src/shared/errorPages.ts')
      const address = repository.url.replace(/^git\+|\.git$/g, '')
      return [
        ...(source.includes(`'${address}/blob/main/errors'`)
          ? []
          : [`src/shared/errorPages.ts does not name ${address}`]),
        ...[homepage, bugs]
          .filter((url) => !url.startsWith(address))
          .map((url) => `${url} is not in ${address}`),
      ]
    },
  },
  {
    title: 'publint finds nothing to correct',
    check: async () => {
      const { buffer } = new Uint8Array(readFileSync(pack().tarball))
      const { messages, pkg } = await publint({ strict: true, level: 'warning', pack: { tarball: buffer } })
      return messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code)
    },
  },
  { title: 'the types resolve from every entry, as ES modules', check: checkTypes },
  {
    title: "every client file of the build keeps 'use client'",
    check: () => {
      const marked = listFiles('src', /\.tsx?$/).filter((file) => startsClient(file))
      if (marked.length === 0) return ["no source begins with 'use client'"]
      const built = marked.map((file) => file.replace(/^src\/(.*)\.tsx?$/, 'dist/$1.js'))
      // A link needs no script, so server components render it as it is.
      const plain = ['src/client/CrossDomainLink.tsx']
      const components = listFiles('src/client', /\.tsx$/).filter(
        (file) => ![...marked, ...plain].includes(file),
      )
      return [
        ...built.filter((file) => !startsClient(file)).map((file) => `${file} lost the directive`),
        ...components.map((file) => `${file} is a component without the directive`),
      ]
    },
  },
  {
    title: 'the island brings nothing but what it shares with the server',
    check: async () => {
      const { imports, modules } = await bundle("export { CrossDomainSync } from '#entry'", './client')
      return [
        ...strangers(imports, /^(react|react\/jsx-runtime|next\/.+)$/),
        ...strangers(modules, /^dist\/(client(\/|\.js$)|shared\/wire\.js$)/),
      ]
    },
  },
  {
    title: 'the middleware entry runs on the edge and brings no store, no database and no React DOM',
    check: async () => {
      const { imports, modules } = await bundle("export * from '#entry'", './middleware')
      return [
        ...strangers(imports, /^next\/(server|headers)\.js$/),
        ...strangers(
          modules,
          /^(dist\/(middleware\.js$|core\/|shared\/|next\/)|node_modules\/(@noble\/hashes|iron-session|iron-webcrypto|uint8array-extras|cookie|uncrypto)\/)/,
        ),
      ]
    },
  },
  {
    title: 'the store entry brings nothing but its constants',
    check: async () => {
      const { imports, modules } = await bundle("export * from '#entry'", './store')
      return [...strangers(imports, /^$/), ...strangers(modules, /^dist\/(store|core\/store\/store)\.js$/)]
    },
  },
  {
    title: 'the main entry needs no Node module and brings no store',
    check: async () => {
      const { imports, modules } = await bundle("export * from '#entry'", '.')
      return [
        ...imports.filter((name) => isBuiltin(name)).map((name) => `imports ${name}`),
        ...modules.filter((file) => /^dist\/(stores|testing|client)\/|drizzle|react-dom/.test(file)),
      ]
    },
  },
]

/** Bundles one entry as an application would, with Next.js and React left outside. */
async function bundle(code, entry) {
  const target = path.join(root, manifest.exports[entry].default)
  const virtual = {
    name: 'entry',
    resolveId: (id) => (id === 'virtual:start' ? '\0start' : id === '#entry' ? target : null),
    load: (id) => (id === '\0start' ? code : null),
  }
  const build = await rolldown({
    input: 'virtual:start',
    platform: 'neutral',
    resolve: { conditionNames: ['edge-light', 'import', 'module', 'default'] },
    external: (id) => isBuiltin(id) || /^(next|react|react-dom)($|\/)/.test(id),
    plugins: [virtual],
    logLevel: 'silent',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
  })
  try {
    const { output } = await build.generate({ format: 'esm' })
    const chunks = output.filter((part) => part.type === 'chunk')
    const modules = chunks.flatMap((chunk) =>
      Object.entries(chunk.modules).filter(([, module]) => (module.code ?? '').trim() !== ''),
    )
    const own = new Set(chunks.map((chunk) => chunk.fileName))
    const imports = new Set(chunks.flatMap((chunk) => [...chunk.imports, ...chunk.dynamicImports]))
    return {
      imports: [...imports].filter((name) => !own.has(name)),
      modules: modules
        .map(([id]) => path.relative(root, id).split(path.sep).join('/'))
        .filter((file) => !file.startsWith('\0')),
    }
  } finally {
    await build.close()
  }
}

const strangers = (names, allowed) =>
  names.filter((name) => !allowed.test(name)).map((name) => `brings ${name}`)

function startsClient(file) {
  return parseModule(file, readText(file)).body[0]?.directive === 'use client'
}

/** `attw` with this profile asks how ES modules see the types, the only way in which they are offered. */
function checkTypes() {
  const cli = path.join(root, 'node_modules', '@arethetypeswrong', 'cli', 'dist', 'index.js')
  const options = [
    '--profile',
    'esm-only',
    '--no-definitely-typed',
    '--format',
    'ascii',
    '--no-emoji',
    '--no-color',
  ]
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, pack().tarball, ...options], {
    encoding: 'utf8',
  })
  return status === 0 ? [] : wrong(`${stdout}${stderr}`)
}

/** What is left of attw's report without the lines that say that something is right, or was not asked. */
function wrong(report) {
  return report.split('\n').filter((line) => line.trim() !== '' && !/: OK|\(ignor|^\*+$/.test(line))
}

let packed

/** Packs once, into a folder that goes when the process does. */
function pack() {
  if (packed !== undefined) return packed
  const folder = mkdtempSync(path.join(tmpdir(), 'crossdomain-pack-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const options = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', folder]
  const { status, stdout, stderr } = spawnSync('npm', options, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm pack ended with ${status}: ${stderr}`)
  const [{ filename, files }] = Object.values(JSON.parse(stdout))
  packed = { tarball: path.join(folder, filename), files: files.map((file) => file.path) }
  return packed
}
