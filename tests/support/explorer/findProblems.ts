import { titleOf } from './cases.js'
import { explore } from './explore.js'
import { ownIds } from './ownIds.js'
import { Play, type SmallCase } from './smallCase.js'
import { startOf, type Start, type StartName } from './starts.js'
import { Steps } from './steps.js'
import { endOf, lostSignIns, rowsOf, verdictOf, type Begun } from './verdict.js'

/** More cases that fail would say nothing new. */
const mostProblems = 5

/** Explores cases of one starting state. @returns How many orders there were, and the shortest story of each failure. */
export async function findProblems(
  name: StartName,
  cases: readonly SmallCase[],
): Promise<{ readonly problems: readonly string[]; readonly orders: number }> {
  ownIds.begin()
  const start = await startOf(name)
  const begun = await rowsOf(start)
  const problems: string[] = []
  let orders = 0
  for (const given of cases) {
    let shortest: string | null = null
    const known = new Set<string>()
    orders += await explore(given, start, async (play, order) => {
      // Then it was tried with no answer lost.
      if (given.lost !== null && !play.requests.some(({ isLost }) => isLost)) return
      const steps = Steps.of(play)
      const end = endOf(play, steps)
      // Whatever follows from the same rows, cookies and answers has been looked at.
      if (steps.problems.length === 0 && known.has(end)) return
      known.add(end)
      const wrong = await problemsOf(play, steps, order, { start, begun })
      if (wrong.length === 0) return
      const story = [titleOf(given), ...wrong, ...play.log].join('\n')
      if (shortest === null || story.length < shortest.length) shortest = story
    })
    if (shortest !== null) problems.push(shortest)
    if (problems.length >= mostProblems) break
  }
  return { problems, orders }
}

/** If the answer of a sign-in is lost, both ways to go on are looked at: the visitor signs in again, or does not. */
async function problemsOf(
  play: Play,
  steps: Steps,
  order: readonly string[],
  { start, begun }: { readonly start: Start; readonly begun: Begun },
): Promise<string[]> {
  const isUnsure = lostSignIns(play).length > 0
  const wrong = await verdictOf(play, begun, steps, isUnsure)
  if (!isUnsure) return wrong
  const other = await Play.begin(play.given, start)
  for (const each of order) await other.goOn(each)
  const asGuest = await verdictOf(other, begun, Steps.of(other), false)
  return [...wrong, ...asGuest.map((each) => `without another sign-in: ${each}`)]
}
