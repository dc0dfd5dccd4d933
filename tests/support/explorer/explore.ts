import type { Footprint } from './heldRequest.js'
import { Play, type SmallCase } from './smallCase.js'
import type { Start } from './starts.js'

/** A point of a run at which somebody goes on. */
interface Node {
  readonly enabled: readonly string[]
  /** Who goes on here in this run. */
  chosen: string
  /** Who need not go on here, with what that would look at and change. */
  readonly asleep: Map<string, Footprint>
  footprint: Footprint | null
}

/**
 * Tries every order in which the requests of a case can go on, and calls `visit` at the end of each.
 *
 * Depth first: each order runs from the start again. Of two neighbouring steps that have nothing in common, one order
 * is tried: if neither looks at or changes a row or a jar that the other one changes, both orders end the same, in
 * every row, jar and answer. (Sleep sets: Godefroid, Partial-Order Methods, 1996, chapter 5. Whoever has gone on at a
 * point sleeps below its other branches, until something happens that has to do with its step.) What a step touches
 * is measured in the run itself, and nothing else is left out.
 * @param areApart Whether two neighbouring steps have nothing in common. `() => false` leaves no order out.
 * @returns How many orders there were.
 */
export async function explore(
  given: SmallCase,
  start: Start,
  visit: (play: Play, order: readonly string[]) => Promise<void>,
  areApart = areIndependent,
): Promise<number> {
  const path: Node[] = []
  let orders = 0
  do {
    const play = await replay(given, start, path, areApart)
    if (play === null) continue
    orders++
    await visit(
      play,
      path.map(({ chosen }) => chosen),
    )
  } while (goBack(path))
  return orders
}

/** Runs the case along the path, and on from its end. @returns Null if what would come is the same as another run. */
async function replay(
  given: SmallCase,
  start: Start,
  path: Node[],
  areApart: typeof areIndependent,
): Promise<Play | null> {
  const play = await Play.begin(given, start)
  for (const node of path) node.footprint = await play.goOn(node.chosen)
  for (let { enabled } = play; enabled.length > 0; { enabled } = play) {
    const asleep = stillAsleep(path.at(-1), areApart)
    const chosen = enabled.find((name) => !asleep.has(name))
    if (chosen === undefined) return null
    const node: Node = { enabled, chosen, asleep, footprint: null }
    path.push(node)
    node.footprint = await play.goOn(chosen)
  }
  return play
}

function stillAsleep(last: Node | undefined, areApart: typeof areIndependent): Map<string, Footprint> {
  if (last?.footprint == null) return new Map()
  const { footprint } = last
  return new Map([...last.asleep].filter(([, other]) => areApart(footprint, other)))
}

/** Whoever went on at the last point sleeps there from now on, and the next one goes on. */
function goBack(path: Node[]): boolean {
  for (let node = path.pop(); node !== undefined; node = path.pop()) {
    const { enabled, chosen, asleep, footprint } = node
    if (footprint !== null) asleep.set(chosen, footprint)
    const next = enabled.find((name) => !asleep.has(name))
    if (next === undefined) continue
    path.push({ ...node, chosen: next, footprint: null })
    return true
  }
  return false
}

function areIndependent(a: Footprint, b: Footprint): boolean {
  const touches = ({ reads, writes }: Footprint, name: string): boolean => reads.has(name) || writes.has(name)
  return ![...a.writes].some((name) => touches(b, name)) && ![...b.writes].some((name) => touches(a, name))
}
