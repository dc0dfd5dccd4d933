import { getSession } from '../session'
import { unhandled } from '../store'
import { Writer } from './Writer'

/** What a visitor is shown, and how the process is that shows it. */
export default async function Page() {
  const session = await getSession()
  const { isAvailable, userId } = session
  return (
    <>
      <pre data-testid="shown">
        {JSON.stringify({ isAvailable, userId, count: session.get('count') ?? 0 })}
      </pre>
      <pre data-testid="process">{JSON.stringify({ pid: process.pid, unhandled })}</pre>
      <Writer />
    </>
  )
}
