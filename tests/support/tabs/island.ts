import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'

/** What a page has, by the names that scripts know; `React` and `Navigation` stand for what the island imports. */
export type Globals = Readonly<Record<(typeof names)[number], unknown>>

const names = [
  ...[
    'window',
    'self',
    'top',
    'document',
    'location',
    'history',
    'navigator',
    'localStorage',
    'sessionStorage',
    'performance',
    'Date',
  ],
  ...['addEventListener', 'stop', 'opener', 'Element', 'fetch', 'setTimeout', 'AbortSignal'],
  ...['BroadcastChannel', 'reportError', 'React', 'Navigation'],
] as const

/** Builds the island of `src`. @returns What runs it anew, with nothing that it remembers, in a page; there it mounts the component. */
export async function buildIsland(): Promise<(globals: Globals) => void> {
  const input = fileURLToPath(new URL('../../../src/client/CrossDomainSync.tsx', import.meta.url))
  const build = await rolldown({
    input,
    external: ['react', 'next/navigation.js'],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    logLevel: 'silent',
  })
  const { output } = await build.generate({
    format: 'iife',
    codeSplitting: false,
    name: 'island',
    globals: { react: 'React', 'next/navigation.js': 'Navigation' },
  })
  await build.close()
  // As in a browser, its modules live as long as one page does.
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is that of the bundle
  const run = new Function(...names, `${output[0].code}; island.CrossDomainSync({})`)
  return (globals) => void run(...names.map((name) => globals[name]))
}
