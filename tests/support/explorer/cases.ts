import { kinds, type Asked, type SmallCase } from './smallCase.js'
import { builders, type StartName } from './starts.js'
import { domains, primary } from './world.js'

export const startNames = Object.keys(builders) as readonly StartName[]

/** Every kind of request on every domain; an exchange begins on secondaries alone. */
const everyAsked: readonly Asked[] = kinds.flatMap((kind) =>
  domains
    .filter((domain) => domain !== primary || !isExchange(kind))
    .map((domain): Asked => ({ kind, domain })),
)

function isExchange(kind: Asked['kind']): boolean {
  return kind === 'fetch' || kind === 'navigation'
}

/** All sets of so many requests, the same one twice as well. */
export function setsOf(count: number, from: readonly Asked[] = everyAsked): Asked[][] {
  if (count === 0) return [[]]
  return from.flatMap((first, index) => setsOf(count - 1, from.slice(index)).map((rest) => [first, ...rest]))
}

/** With no answer lost, and with each lost in turn. */
export function casesOf(start: StartName, asked: readonly Asked[]): SmallCase[] {
  const lost = asked.flatMap(({ kind }, request) =>
    (isExchange(kind) ? [0, 1, 2] : [0]).map((hop) => ({ request, hop })),
  )
  return [null, ...lost].map((each) => ({ start, asked, lost: each }))
}

/**
 * The cases of every day: from each starting state each pair of kinds meets once, on domains that change from state
 * to state, so each pair of kinds meets on all of them. Left out are the other domains in each state.
 */
export function chosenFor(start: StartName): Asked[][] {
  const byKinds = new Map<string, Asked[][]>()
  for (const asked of setsOf(2)) {
    const pair = asked.map(({ kind }) => kind).join()
    byKinds.set(pair, [...(byKinds.get(pair) ?? []), asked])
  }
  const turn = startNames.indexOf(start)
  return [...byKinds.values()].flatMap((sets, index) => {
    const chosen = sets[(turn + index) % sets.length]
    return chosen === undefined ? [] : [chosen]
  })
}

/** @example `a guest on all domains: set on p, fetch on s; the answer of hop 1 of request 1 is lost` */
export function titleOf({ start, asked, lost }: SmallCase): string {
  const what = asked.map(({ kind, domain }) => `${kind} on ${domain.slice(8, 9)}`).join(', ')
  const loss = lost === null ? 'no answer' : `the answer of hop ${lost.hop} of request ${lost.request}`
  return `${start}: ${what}; ${loss} is lost`
}
