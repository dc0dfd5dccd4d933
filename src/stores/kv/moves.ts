import type { SessionHash } from '../../core/store/record.js'
import { nullable, type Answer } from './fields.js'
import { commitScript, fenceScript, finishScript, prepareScript, releaseScript } from './scripts.js'
import type { Script } from './client.js'

/*
 * A script sees one key, but a rotation and a settlement change two sessions. They do it in three steps:
 *
 *   1. prepare   the session that will end is marked: a token, where its content goes, how its tombstone reads
 *   2. commit    the other one takes the content and notes the token: from here on the move has happened
 *   3. finish    the first one becomes a tombstone
 *
 * Whoever meets the mark meanwhile waits for a moment. If it stays (the process died), he asks the other session: token noted, he does
 * step 3 himself; not noted, he notes there that it never will be, and takes the mark away. So a move happens as a whole or not at all,
 * whatever dies when, and content never counts twice.
 */

/** How long others wait for somebody who is in the middle of a move. */
const leaseMs = 1000

/** How a session ends when its content has moved. */
export interface Epitaph {
  readonly tombstoneSeconds: number
  readonly successor?: SessionHash
  readonly rotatedOn?: string
  readonly replacedOn?: string
  /** For which it says the three above. */
  readonly seconds: number
}

/** As scripts take it. */
export function epitaphArgs({
  tombstoneSeconds,
  successor,
  rotatedOn,
  replacedOn,
  seconds,
}: Epitaph): string[] {
  return [
    String(tombstoneSeconds),
    nullable(successor),
    nullable(rotatedOn),
    nullable(replacedOn),
    String(seconds),
  ]
}

/** Written into the mark, so that anybody can finish. */
interface Mark extends Epitaph {
  readonly target: SessionHash
}

export type Run = (script: Script, hash: SessionHash, ...args: string[]) => Promise<Answer>

export interface Move {
  readonly token: string
  readonly from: SessionHash
  readonly target: SessionHash
  readonly epitaph: Epitaph
}

export function prepare(run: Run, { token, from, target, epitaph }: Move, version: string): Promise<Answer> {
  const mark: Mark = { ...epitaph, target }
  return patiently(run, from, () =>
    run(prepareScript, from, token, version, String(leaseMs), JSON.stringify(mark)),
  )
}

/** @param lastSeenMs '' for now. @returns The answer with status `committed`, or another one, and then nothing has changed. */
export async function commit(
  run: Run,
  token: string,
  target: SessionHash,
  version: number,
  lastSeenMs: string,
  content: readonly string[],
): Promise<Answer> {
  const attempt = () => run(commitScript, target, token, String(version), lastSeenMs, ...content)
  const first = await attempt()
  // Somebody moves the target itself. To wait here while he waits for us would be a deadlock: only a mark that was left behind is resolved.
  if (first.status !== 'moving' || !isLeft(first)) return first
  await resolve(run, target, first)
  return attempt()
}

export function finish(run: Run, token: string, from: SessionHash, epitaph: Epitaph): Promise<Answer> {
  return run(finishScript, from, token, ...epitaphArgs(epitaph))
}

export function release(run: Run, { token, from }: Move): Promise<Answer> {
  return run(releaseScript, from, token)
}

/** Asks again as long as somebody is in the middle of a move of this session. */
export async function patiently(run: Run, hash: SessionHash, ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask()
    if (answer.status !== 'moving') return answer
    if (!(await resolve(run, hash, answer)))
      await new Promise((done) => setTimeout(done, 3 + Math.random() * 20))
  }
}

/** For a reader, who need not wait: a move that has happened is finished, one that has not leaves the session as it is. */
export async function settled(run: Run, hash: SessionHash, answer: Answer): Promise<Answer> {
  const [token, mark] = markOf(answer)
  if (token === undefined) return answer
  return (await run(fenceScript, mark.target, token, '0')).status === 'c'
    ? finish(run, token, hash, mark)
    : answer
}

/** @returns Whether the mark is gone; false: its owner is still at it. */
async function resolve(run: Run, hash: SessionHash, answer: Answer): Promise<boolean> {
  const [token, mark] = markOf(answer)
  if (token === undefined) return true
  const { status } = await run(fenceScript, mark.target, token, isLeft(answer) ? '1' : '0')
  if (status === 'open') return false
  await (status === 'c' ? finish(run, token, hash, mark) : run(releaseScript, hash, token))
  return true
}

function markOf({ fields }: Answer): [string, Mark] | [undefined] {
  const [token, mark] = [fields.get('m'), fields.get('mx')]
  return token === undefined || mark === undefined ? [undefined] : [token, JSON.parse(mark) as Mark]
}

function isLeft({ fields, nowMs }: Answer): boolean {
  return Number(fields.get('mu')) <= nowMs
}
