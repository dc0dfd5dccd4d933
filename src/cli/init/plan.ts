import { randomBytes } from 'node:crypto'
import { findFile, readOrNull, type Project } from './project.js'
import { chooseStore, type StoreName } from './stores.js'
import { layoutWithIsland, middlewareFile, routeFile, sessionFile } from './templates.js'

/** The three answers. */
export interface Answers {
  readonly domains: readonly string[]
  readonly primary: string
  readonly store: StoreName
}

/** What becomes of one file. */
export interface Step {
  readonly file: string
  /**
   * `done`: it is as it has to be. `todo`: a person has to change it, as `says` tells. `blocked`: the same,
   * but first of all, because the other files would import from it.
   */
  readonly kind: 'create' | 'change' | 'done' | 'todo' | 'blocked'
  readonly content?: string
  readonly says?: string
}

/**
 * What has to happen to each file. A second plan, once the first was carried out, creates and changes
 * nothing.
 */
export function plan(project: Project, answers: Answers): readonly Step[] {
  const session = planSession(project, answers)
  if (session.kind === 'blocked') return [session]
  return [
    session,
    planMiddleware(project),
    planRoute(project),
    ...planIslands(project),
    planSecret(project),
    ...planIgnored(project, answers),
  ]
}

const extension = ({ isTypeScript }: Project) => (isTypeScript ? 'ts' : 'js')

function planSession(project: Project, { domains, primary, store }: Answers): Step {
  const known = findFile(project, `${project.source}session`)
  const file = known ?? `${project.source}session.${extension(project)}`
  if (known === null)
    return {
      file,
      kind: 'create',
      content: sessionFile(domains, primary, chooseStore(store, project), project.isTypeScript),
    }
  const text = readOrNull(project, known) ?? ''
  if (!text.includes('createCrossDomainSession')) {
    const says =
      'This file has another purpose, and the kit needs one of this name. Rename yours, and run this again.'
    return { file, kind: 'blocked', says }
  }
  const missing = ['handlers', middlewareName(project)].filter(
    (name) => !new RegExp(`\\b${name}\\b`).test(text),
  )
  if (missing.length === 0) return { file, kind: 'done' }
  const says = `Export ${missing.join(' and ')} too, which createCrossDomainSession returns beside getSession, and run this again.`
  return { file, kind: 'blocked', says }
}

/** `proxy`, unless there is a middleware.ts, or a Next.js that knows nothing else. */
function middlewareName(project: Project): 'proxy' | 'middleware' {
  const known = findFile(project, `${project.source}proxy`, `${project.source}middleware`)
  const isMiddleware = known === null ? project.nextVersion < 16 : !known.includes('proxy.')
  return isMiddleware ? 'middleware' : 'proxy'
}

function planMiddleware(project: Project): Step {
  const { source } = project
  const name = middlewareName(project)
  const known = findFile(project, `${source}proxy`, `${source}middleware`)
  if (known !== null) {
    const text = readOrNull(project, known) ?? ''
    if (/next-crossdomain-session|['"][./@]*\/session['"]/.test(text)) return { file: known, kind: 'done' }
    const says = `You have a ${name} of your own. Join the kit's with it, as docs/existing-apps.md shows:

      import { compose } from 'next-crossdomain-session/middleware'
      import { ${name} as crossDomain } from './session'

      export const ${name} = compose(crossDomain, yours)

    Its matcher has to cover your pages, and requests for service workers:
      { source: '/:path*', has: [{ type: 'header', key: 'service-worker' }] }${name === 'middleware' ? "\n    Beside the matcher, write runtime: 'nodejs', because most stores do not run on the edge." : ''}`
    return { file: known, kind: 'todo', says }
  }
  return { file: `${source}${name}.${extension(project)}`, kind: 'create', content: middlewareFile(name) }
}

function planRoute(project: Project): Step {
  const folder = `${project.source}app/crossdomain`
  const known = findFile(project, `${folder}/[action]/route`, `${folder}/[slug]/route`)
  if (known !== null && readOrNull(project, known)?.includes('handlers')) return { file: known, kind: 'done' }
  if (known !== null) {
    const says = `This file has another purpose. The kit needs it with exactly this content:\n\n${routeFile.replace(/^(?=.)/gm, '      ')}`
    return { file: known, kind: 'todo', says }
  }
  return { file: `${folder}/[action]/route.${extension(project)}`, kind: 'create', content: routeFile }
}

const island = "import { CrossDomainSync } from 'next-crossdomain-session/client'"

function planIslands(project: Project): readonly Step[] {
  const { layouts } = project
  return layouts.length === 0 ? [planPagesIsland(project)] : layouts.map((file) => planIsland(project, file))
}

function planPagesIsland(project: Project): Step {
  const file = findFile(project, `${project.source}pages/_app`)
  if (file !== null && readOrNull(project, file)?.includes('CrossDomainSync')) return { file, kind: 'done' }
  const says = `Put the island beside your pages, and read the session with getSession(req, res), as docs/existing-apps.md shows:

      ${island}

      export default function App({ Component, pageProps }) {
        return (
          <>
            <CrossDomainSync />
            <Component {...pageProps} />
          </>
        )
      }`
  return { file: file ?? `${project.source}pages/_app.${extension(project)}x`, kind: 'todo', says }
}

function planIsland(project: Project, file: string): Step {
  const text = readOrNull(project, file) ?? ''
  if (text.includes('CrossDomainSync')) return { file, kind: 'done' }
  const content = layoutWithIsland(text)
  if (content !== null) return { file, kind: 'change', content }
  const says = `Put <CrossDomainSync /> into the body, before the children:\n\n      ${island}`
  return { file, kind: 'todo', says }
}

function planSecret(project: Project): Step {
  const file = '.env.local'
  const text = readOrNull(project, file)
  if (text !== null && /^CROSSDOMAIN_SECRET=./m.test(text)) return { file, kind: 'done' }
  const line = `CROSSDOMAIN_SECRET=${randomBytes(32).toString('base64url')}\n`
  const content = text === null || text === '' ? line : `${text.replace(/\n?$/, '\n')}${line}`
  return { file, kind: text === null ? 'create' : 'change', content }
}

/** Keeps the secret and the sessions out of the repository. */
function planIgnored(project: Project, { store }: Answers): Step[] {
  const text = readOrNull(project, '.gitignore')
  const has = (line: RegExp) => text !== null && line.test(text)
  const lines = [
    ...(has(/^(\/?\.env\*?(\.local|\*\.local)?|\*\.local)\s*$/m) ? [] : ['.env*.local']),
    // SQLite keeps two more files beside it.
    ...(store !== 'sqlite' || has(/^\/?(sessions|\*)\.db/m) ? [] : ['sessions.db*']),
  ]
  if (lines.length === 0) return []
  const before = text === null || text === '' ? '' : text.replace(/\n?$/, '\n')
  const content = `${before}${lines.join('\n')}\n`
  return [{ file: '.gitignore', kind: text === null ? 'create' : 'change', content }]
}
