import { styleText } from 'node:util'
import { parseArguments, WrongArguments } from '../arguments.js'
import { examine, type Report } from './examine.js'
import type { Finding } from './finding.js'

export const doctorUsage = `npx next-crossdomain-session doctor <origin> <origin> …

  Walks the exchange between running deployments as a browser would, and says what is wrong and what to do.

  --page /path         the page to open on each domain (default: /)
  --path /crossdomain  the path of the route, if the option \`path\` is set
  --cookie name=value  a cookie that the visitor has, such as one that says consent; may be given several times
  --json               the report as JSON

  Ends with 0 if no error was found, 1 if one was, and 2 if it could not begin.`

/** @returns The exit code. */
export async function doctor(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArguments(args, {
    page: { type: 'string', default: '/' },
    path: { type: 'string' },
    cookie: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
  })
  const origins = [...new Set(positionals.map(originOf))]
  if (origins.length < 2)
    throw new WrongArguments('Give the addresses of at least two domains, the primary among them.')
  const report = await examine({ origins, page: values.page, path: values.path, cookies: values.cookie })
  console.log(values.json ? JSON.stringify(report, null, 2) : readable(origins, report))
  return report.findings.some(({ level }) => level === 'error') ? 1 : 0
}

function originOf(input: string): string {
  const url = URL.parse(/^https?:\/\//.test(input) ? input : `https://${input}`)
  if (url === null) throw new WrongArguments(`Not an address: ${input}`)
  return url.origin
}

/** The report for people: what is right in one line for each domain, and below it what is not. */
function readable(origins: readonly string[], { primary, findings }: Report): string {
  const parts = origins.map((origin) => {
    const own = findings.filter((finding) => finding.origin === origin)
    const right = own.filter(({ level }) => level === 'ok').map(({ check }) => check)
    const title = styleText('bold', origin === primary ? `${origin} (primary)` : origin)
    return [
      title,
      ...(right.length === 0 ? [] : [`  ${styleText('green', '✓')} ${right.join(', ')}`]),
      ...own.filter(({ level }) => level !== 'ok').map(told),
    ].join('\n')
  })
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length
  const sum = `${numbered(count('error'), 'error')}, ${numbered(count('warning'), 'warning')}`
  return `\n${parts.join('\n\n')}\n\n${sum}\n`
}

function told({ level, check, says, advice, page }: Finding): string {
  const mark = level === 'error' ? styleText('red', '✗') : styleText('yellow', '!')
  return [`  ${mark} ${check}: ${says}`, `    → ${advice}`, ...(page === null ? [] : [`      ${page}`])].join(
    '\n',
  )
}

function numbered(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
