import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline/promises'
import { styleText } from 'node:util'
import { parseArguments, WrongArguments } from '../arguments.js'
import { plan, type Answers, type Step } from './plan.js'
import { readProject, type Project } from './project.js'
import { chooseStore, likelyStore, storeNames, type StoreName } from './stores.js'
import { localNames } from './templates.js'

export const initUsage = `npx next-crossdomain-session init

  Writes the files that the kit needs into a project of Next.js. What is there stays: you are told what to change in it.
  It asks three questions at most, unless you answer them here:

  --domains https://shop.example,https://brand.example
  --primary https://shop.example   (default: the first domain)
  --store ${storeNames.join('|')}   (default: by the packages that you have)
  --yes     ask nothing; needs --domains

  Ends with 0, with 1 if a file of yours is in the way (nothing was written then), and with 2 if it could not begin.`

/** @returns The exit code. */
export async function init(args: readonly string[]): Promise<number> {
  const { values } = parseArguments(args, {
    domains: { type: 'string' },
    primary: { type: 'string' },
    store: { type: 'string' },
    yes: { type: 'boolean', default: false },
  })
  const project = readProject(process.cwd())
  const isAsking = !values.yes && process.stdin.isTTY
  const terminal = isAsking ? createInterface({ input: process.stdin, output: process.stdout }) : null
  const ask = async (given: string | undefined, question: string, otherwise: string) =>
    given ?? ((await terminal?.question(`${question}${otherwise && ` (${otherwise})`}: `)) || otherwise)
  try {
    const domains = originsOf(await ask(values.domains, 'Your domains, with commas between them', ''))
    const [first = ''] = domains
    const primary = originOf(await ask(values.primary, 'The one that people use most', first))
    if (!domains.includes(primary)) throw new WrongArguments(`${primary} is not among the domains.`)
    const question = `Where to keep sessions: ${storeNames.join(', ')}`
    const store = storeOf(await ask(values.store, question, likelyStore(project)))
    const answers: Answers = { domains, primary, store }
    const steps = plan(project, answers)
    for (const step of steps) carryOut(project, step)
    const list = `\n${steps.map(told).join('\n')}\n`
    const isBlocked = steps.some(({ kind }) => kind === 'blocked')
    console.log(
      isBlocked ? `${list}\nNothing was written.\n` : `${list}\n${whatIsNext(project, answers, steps)}`,
    )
    return isBlocked ? 1 : 0
  } finally {
    terminal?.close()
  }
}

function originsOf(input: string): readonly string[] {
  const domains = [
    ...new Set(
      input
        .split(/[\s,]+/)
        .filter(Boolean)
        .map(originOf),
    ),
  ]
  if (domains.length === 0) throw new WrongArguments('Which domains? Give them as --domains.')
  return domains
}

function originOf(input: string): string {
  // Browsers take cookies from localhost without https, and nobody has a certificate for it.
  const scheme = /^([\w-]+\.)*localhost(:\d+)?$/.test(input) ? 'http' : 'https'
  const url = URL.parse(input.includes('://') ? input : `${scheme}://${input}`)
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname + url.search !== '/')
    throw new WrongArguments(`Not a domain: ${input}. Write it like https://shop.example.`)
  return url.origin
}

function storeOf(input: string): StoreName {
  const name = storeNames.find((known) => known === input)
  if (name === undefined) throw new WrongArguments(`Not a store: ${input}`)
  return name
}

function carryOut({ folder }: Project, { file, content }: Step): void {
  if (content === undefined) return
  const name = path.join(folder, file)
  mkdirSync(path.dirname(name), { recursive: true })
  writeFileSync(name, content, { mode: file.startsWith('.env') ? 0o600 : 0o644 })
}

function told({ file, kind, says }: Step): string {
  const words = {
    create: 'created',
    change: 'changed',
    done: 'as it is',
    todo: 'yours to change',
    blocked: 'in the way',
  } as const
  const isYours = kind === 'todo' || kind === 'blocked'
  const mark = isYours ? styleText('yellow', '!') : styleText('green', '✓')
  return `  ${mark} ${file} (${words[kind]})${says === undefined ? '' : `\n    ${says}\n`}`
}

function whatIsNext(project: Project, { store, domains }: Answers, steps: readonly Step[]): string {
  const { packages, variable, once } = chooseStore(store, project)
  const missing = ['next-crossdomain-session', ...packages].filter((name) => !project.packages.has(name))
  const lines = [
    ...(steps.some(({ kind }) => kind === 'todo') ? ['Change the files that are marked with "!".'] : []),
    ...(missing.length === 0 ? [] : [`${project.add} ${missing.join(' ')}`]),
    ...(variable === null ? [] : [`Set ${variable} in .env.local, and where you deploy.`]),
    ...(once === null ? [] : [once]),
    `Start \`next dev\` and open ${localNames(domains).join(' and ')}.`,
    'Where you deploy, set CROSSDOMAIN_SECRET: one for all domains, and not the one of .env.local.',
    `When it runs: npx next-crossdomain-session doctor ${domains.join(' ')}`,
  ]
  const isAllDone = steps.every(({ kind }) => kind === 'done')
  return `${isAllDone ? 'Nothing was missing. ' : ''}Next:\n${lines.map((line, index) => `  ${index + 1}. ${line}`).join('\n')}\n`
}
