import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { WrongArguments } from '../arguments.js'

/** What `init` has to know of the project that it runs in. Paths are relative to its folder. */
export interface Project {
  readonly folder: string
  /** Where `app`, `pages` and the files beside them are: `src/` or nothing. */
  readonly source: 'src/' | ''
  readonly isTypeScript: boolean
  /**
   * Paths of the root layouts. There can be several, one for each group of routes. None: the project uses the
   * Pages Router alone.
   */
  readonly layouts: readonly string[]
  /** Major version of Next.js. */
  readonly nextVersion: number
  /** Names of the packages that package.json lists. */
  readonly packages: ReadonlySet<string>
  /** The command that adds packages. */
  readonly add: string
}

/** @throws {WrongArguments} If this is no project of Next.js. */
export function readProject(folder: string): Project {
  const has = (file: string) => existsSync(path.join(folder, file))
  if (!has('package.json'))
    throw new WrongArguments('There is no package.json here. Run it in the folder of your project.')
  const versions = dependenciesOf(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  const next = versions['next']
  if (next === undefined)
    throw new WrongArguments(
      'package.json does not list next. In a monorepo, run it in the folder of the application.',
    )
  // Next.js looks for `app` and `pages` in `src` only if they are not beside it.
  const isInSource = !has('app') && !has('pages') && (has('src/app') || has('src/pages'))
  const source = isInSource ? 'src/' : ''
  const layouts = rootLayouts(folder, `${source}app`)
  return {
    folder,
    source,
    isTypeScript: has('tsconfig.json') || layouts.some((file) => file.endsWith('.tsx')),
    layouts,
    // Words such as `latest` or `catalog:` name no version.
    nextVersion: Number(/\d+/.exec(next)?.[0] ?? installedNext(folder)),
    packages: new Set(Object.keys(versions)),
    add: addCommand(folder),
  }
}

function installedNext(folder: string): string {
  try {
    const load = createRequire(path.join(folder, 'package.json'))
    const { version } = load('next/package.json') as { readonly version: string }
    return version.split('.')[0] ?? ''
  } catch {
    return '16'
  }
}

/** In a monorepo, the lock file is in a folder above. */
function addCommand(folder: string): string {
  const has = (file: string) => existsSync(path.join(folder, file))
  if (has('pnpm-lock.yaml')) return 'pnpm add'
  if (has('yarn.lock')) return 'yarn add'
  if (has('bun.lock') || has('bun.lockb')) return 'bun add'
  const above = path.dirname(folder)
  return has('package-lock.json') || above === folder ? 'npm install' : addCommand(above)
}

/** A layout is a root if no folder above has one. Folders such as `(shop)` and `[locale]` can have their own. */
function rootLayouts(folder: string, within: string): readonly string[] {
  const known = path.join(folder, within)
  if (!existsSync(known)) return []
  const entries = readdirSync(known, { withFileTypes: true })
  const own = ['layout.tsx', 'layout.jsx', 'layout.js'].find((name) =>
    entries.some((entry) => entry.name === name),
  )
  if (own !== undefined) return [`${within}/${own}`]
  return entries
    .filter((entry) => entry.isDirectory() && /^[([]/.test(entry.name))
    .flatMap(({ name }) => rootLayouts(folder, `${within}/${name}`))
    .sort()
}

function dependenciesOf(text: string): Readonly<Record<string, string | undefined>> {
  const manifest = JSON.parse(text) as {
    readonly dependencies?: Record<string, string>
    readonly devDependencies?: Record<string, string>
  }
  return { ...manifest.devDependencies, ...manifest.dependencies }
}

/** @returns The text of a file, or null if there is none. */
export function readOrNull({ folder }: Project, file: string): string | null {
  const name = path.join(folder, file)
  return existsSync(name) ? readFileSync(name, 'utf8') : null
}

/** The first of these files that is there, with any extension that Next.js knows for it. */
export function findFile(project: Project, ...names: readonly string[]): string | null {
  const files = names.flatMap((name) =>
    ['ts', 'tsx', 'js', 'jsx', 'mjs'].map((extension) => `${name}.${extension}`),
  )
  return files.find((file) => readOrNull(project, file) !== null) ?? null
}
