import { getSession } from '../../session'
import { Whole } from './Whole'

/** A mistake: a session has methods. */
export default async function Page() {
  return <Whole session={await getSession()} />
}
