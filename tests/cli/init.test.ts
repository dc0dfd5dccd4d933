// `init` in projects of several kinds.
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'

const root = process.cwd()
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const layout = `import type { Metadata } from "next";
import { Geist } from "next/font/google";

export const metadata: Metadata = { title: "Create Next App" };

export default function RootLayout({ children }: Readonly<{ children: React.ReactNode }>) {
  return (
    <html lang="en">
      <body>
        {children}
      </body>
    </html>
  );
}
`

const manifest = JSON.stringify({ dependencies: { next: '16.4.6' } })

/** A project inside of this one, so that it finds the packages that are installed here. */
function project(files: Readonly<Record<string, string>>): string {
  mkdirSync('.cache', { recursive: true })
  const folder = mkdtempSync(path.join(root, '.cache', 'init-'))
  folders.push(folder)
  for (const [file, text] of Object.entries({ 'package.json': manifest, ...files })) write(folder, file, text)
  return folder
}

function write(folder: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
  writeFileSync(path.join(folder, file), text)
}

function run(folder: string, ...args: string[]) {
  return spawnSync(process.execPath, [path.join(root, 'dist/cli/main.js'), 'init', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
}

/** Installs the kit in a project. */
function linkKit(folder: string): void {
  mkdirSync(path.join(folder, 'node_modules'))
  symlinkSync(root, path.join(folder, 'node_modules', 'next-crossdomain-session'))
}

const answers = ['--yes', '--domains', 'shop.example,https://www.brand.example']

/** What it says of each file. */
function said(output: string): string[] {
  return output.split('\n').flatMap((line) => /^ {2}[✓!] (.+)/.exec(line)?.[1] ?? [])
}

/** All files of a folder with what is in them. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const file = path.join(parentPath, name)
      return [path.relative(folder, file), readFileSync(file, 'utf8')]
    }),
  )
}

test.each<[string, Record<string, string>, string[]]>([
  [
    'the App Router',
    { 'app/layout.tsx': layout, 'tsconfig.json': '{}', '.gitignore': '.env*\n' },
    [
      'session.ts (created)',
      'proxy.ts (created)',
      'app/crossdomain/[action]/route.ts (created)',
      'app/layout.tsx (changed)',
      '.env.local (created)',
    ],
  ],
  [
    'the App Router in src',
    { 'src/app/layout.tsx': layout, 'tsconfig.json': '{}' },
    [
      'src/session.ts (created)',
      'src/proxy.ts (created)',
      'src/app/crossdomain/[action]/route.ts (created)',
      'src/app/layout.tsx (changed)',
      '.env.local (created)',
      '.gitignore (created)',
    ],
  ],
  [
    'JavaScript',
    { 'app/layout.js': layout, '.env.local': 'A=1', '.gitignore': 'node_modules' },
    [
      'session.js (created)',
      'proxy.js (created)',
      'app/crossdomain/[action]/route.js (created)',
      'app/layout.js (changed)',
      '.env.local (changed)',
      '.gitignore (changed)',
    ],
  ],
  [
    'a middleware of its own',
    {
      'app/layout.tsx': layout,
      'tsconfig.json': '{}',
      'middleware.ts': 'export function middleware() {}',
      '.gitignore': '.env*.local',
    },
    [
      'session.ts (created)',
      'middleware.ts (yours to change)',
      'app/crossdomain/[action]/route.ts (created)',
      'app/layout.tsx (changed)',
      '.env.local (created)',
    ],
  ],
  [
    'the Pages Router alone',
    {
      'pages/_app.tsx': 'export default ({ Component, pageProps }) => <Component {...pageProps} />',
      'tsconfig.json': '{}',
      '.gitignore': '.env*',
    },
    [
      'session.ts (created)',
      'proxy.ts (created)',
      'app/crossdomain/[action]/route.ts (created)',
      'pages/_app.tsx (yours to change)',
      '.env.local (created)',
    ],
  ],
  [
    'Next.js 15, which has no proxy.ts',
    {
      'package.json': JSON.stringify({ dependencies: { next: '^15.5.0' } }),
      'app/layout.tsx': layout,
      'tsconfig.json': '{}',
      '.gitignore': '.env*',
    },
    [
      'session.ts (created)',
      'middleware.ts (created)',
      'app/crossdomain/[action]/route.ts (created)',
      'app/layout.tsx (changed)',
      '.env.local (created)',
    ],
  ],
])('writes what is missing into a project with %s, and nothing the second time', (_, files, expected) => {
  const folder = project(files)
  const first = run(folder, ...answers)
  expect(first.stderr).toBe('')
  expect(said(first.stdout)).toEqual(expected)
  const written = contents(folder)
  expect(Object.keys(written).filter((file) => !(file in { 'package.json': '', ...files }))).toEqual(
    expect.arrayContaining(
      expected.filter((line) => line.includes('created')).map((line) => line.split(' ')[0]),
    ),
  )
  const second = run(folder, ...answers)
  expect(
    said(second.stdout).every((line) => /\((as it is|yours to change)\)/.test(line)),
    second.stdout,
  ).toBe(true)
  expect(contents(folder)).toEqual(written)
})

test('puts the island beside the children, and nowhere if there is more than one place', () => {
  const folder = project({ 'app/layout.tsx': layout, 'tsconfig.json': '{}' })
  run(folder, ...answers)
  expect(contents(folder)['app/layout.tsx']).toContain(
    '      <body>\n        <CrossDomainSync />\n        {children}\n      </body>',
  )
  const unclear = `${layout}\n// {children}\n`
  const other = project({ 'app/layout.tsx': unclear, 'tsconfig.json': '{}' })
  expect(said(run(other, ...answers).stdout)).toContain('app/layout.tsx (yours to change)')
  expect(contents(other)['app/layout.tsx']).toBe(unclear)
})

test('finds the root layouts of groups and languages, and leaves the layouts below them alone', () => {
  const folder = project({
    'app/(shop)/layout.tsx': layout,
    'app/(shop)/cart/layout.tsx': 'export default ({ children }) => children',
    'app/[locale]/layout.tsx': layout,
    'tsconfig.json': '{}',
  })
  const layouts = said(run(folder, ...answers).stdout).filter((line) => line.includes('layout'))
  expect(layouts).toEqual(['app/(shop)/layout.tsx (changed)', 'app/[locale]/layout.tsx (changed)'])
  expect(contents(folder)['app/(shop)/cart/layout.tsx']).not.toContain('CrossDomainSync')
})

test.each([
  ['that is something else', 'export const session = 1', 'Rename yours'],
  [
    'of the kit that does not export what other files import',
    'export const { getSession } = createCrossDomainSession({})',
    'Export handlers and proxy too',
  ],
])('writes nothing and ends with 1 if there is a session %s', (_, text, says) => {
  const folder = project({ 'app/layout.js': layout, 'session.js': text })
  const before = contents(folder)
  const { status, stdout } = run(folder, ...answers)
  expect(status).toBe(1)
  expect(said(stdout)).toEqual(['session.js (in the way)'])
  expect(stdout).toContain(says)
  expect(stdout).toContain('Nothing was written.')
  expect(contents(folder)).toEqual(before)
  write(folder, 'session.js', 'export const { getSession, handlers, proxy } = createCrossDomainSession({})')
  expect(run(folder, ...answers).status).toBe(0)
})

test('leaves a route of the same name that is something else to a person', () => {
  const file = 'app/crossdomain/[action]/route.js'
  const folder = project({ 'app/layout.js': layout, [file]: 'export const GET = () => new Response()' })
  const { stdout } = run(folder, ...answers)
  expect(said(stdout)).toContain(`${file} (yours to change)`)
  expect(stdout).toContain("import { handlers } from '../../../session'")
})

test('keeps the file of SQLite out of the repository', () => {
  const folder = project({ 'app/layout.js': layout, '.gitignore': 'node_modules\n.env*' })
  run(folder, ...answers, '--store', 'sqlite')
  expect(contents(folder)['.gitignore']).toBe('node_modules\n.env*\nsessions.db*\n')
  run(folder, ...answers, '--store', 'sqlite')
  expect(contents(folder)['.gitignore']).toBe('node_modules\n.env*\nsessions.db*\n')
})

test('works in the folder of an application of a monorepo', () => {
  const root = project({ 'package.json': '{ "workspaces": ["apps/*"] }', 'pnpm-lock.yaml': '' })
  const top = run(root, ...answers)
  expect([top.status, top.stderr]).toEqual([2, expect.stringContaining('folder of the application')])
  const app = path.join(root, 'apps', 'shop')
  write(app, 'package.json', JSON.stringify({ dependencies: { next: 'catalog:' } }))
  write(app, 'src/app/layout.tsx', layout)
  write(app, 'node_modules/next/package.json', '{ "version": "15.5.2" }')
  const { stdout } = run(app, ...answers)
  expect(said(stdout).slice(0, 3)).toEqual([
    'src/session.ts (created)',
    'src/middleware.ts (created)',
    'src/app/crossdomain/[action]/route.ts (created)',
  ])
  expect(stdout).toContain('pnpm add next-crossdomain-session')
})

test('says of a middleware that runs on the edge that most stores do not', () => {
  const own = { 'app/layout.js': layout, 'middleware.js': 'export function middleware() {}' }
  expect(run(project(own), ...answers).stdout).toContain("runtime: 'nodejs'")
})

test('takes names below localhost as http, and says first what is left to a person', () => {
  const folder = project({ 'app/layout.js': layout, 'proxy.js': 'export function proxy() {}' })
  const { stdout } = run(folder, '--yes', '--domains', 'shop.localhost:3000,brand.localhost:3000')
  expect(stdout).toMatch(/1\. Change the files that are marked with "!"/)
  expect(stdout).toContain('doctor http://shop.localhost:3000 http://brand.localhost:3000')
})

test('tells the names of one machine apart, and each secret is another one', () => {
  const [one, two] = [project({ 'app/layout.js': layout }), project({ 'app/layout.js': layout })]
  run(one, '--yes', '--domains', 'shop.com,shop.de', '--store', 'memory', '--primary', 'shop.de')
  run(two, ...answers, '--store', 'redis')
  expect(contents(one)['session.js']).toContain(
    "'http://shop-com.localhost:3000',\n      'http://shop-de.localhost:3000'",
  )
  expect(contents(one)['session.js']).toContain('primary: domains[1]')
  expect(contents(two)['session.js']).toContain("'http://brand.localhost:3000'")
  const secrets = [one, two].map((folder) => contents(folder)['.env.local'])
  expect(secrets[0]).toMatch(/^CROSSDOMAIN_SECRET=[\w-]{43}\n$/)
  expect(secrets[0]).not.toBe(secrets[1])
})

test.each([
  ['--yes'],
  ['--yes', '--domains', 'a.example', '--store', 'files'],
  ['--yes', '--domains', 'a.example', '--primary', 'b.example'],
  ['--yes', '--domains', 'ftp://a.example'],
  ['--yes', '--domains', 'https://a.example/shop'],
  ['--wrong'],
])('ends with 2 and writes nothing: %s %s %s', (...args) => {
  const folder = project({ 'app/layout.tsx': layout })
  const before = contents(folder)
  const { status, stderr } = run(folder, ...args)
  expect(status).toBe(2)
  expect(stderr).toContain('npx next-crossdomain-session init')
  expect(contents(folder)).toEqual(before)
})

test.each([
  ['postgres', '@neondatabase/serverless'],
  ['postgres', 'pg'],
  ['redis', 'ioredis'],
  ['redis', '@upstash/redis'],
  ['sqlite', 'none'],
  ['memory', 'none'],
])('the session that it writes for %s with %s has the right types', (store, driver) => {
  const folder = project({
    'app/layout.tsx': layout,
    'tsconfig.json': '{}',
    'package.json': JSON.stringify({ dependencies: { next: '16.4.6', [driver]: '1' } }),
  })
  linkKit(folder)
  run(folder, ...answers, '--store', store)
  expect(readFileSync(path.join(folder, 'session.ts'), 'utf8')).toContain(
    driver === 'none' ? 'Store' : `'${driver}'`,
  )
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--noUncheckedIndexedAccess', '--ignoreConfig']
  const modules = [
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    '--types',
    'node',
    '--target',
    'es2022',
  ]
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const checked = spawnSync(process.execPath, [tsc, ...options, ...modules, 'session.ts'], {
    cwd: folder,
    encoding: 'utf8',
  })
  expect(checked.stdout).toBe('')
})
