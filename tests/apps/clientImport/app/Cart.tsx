'use client'

import { getSession } from '../session'

/** The mistake: a session is for the server. */
export function Cart() {
  return <button onClick={async () => alert((await getSession()).userId)}>Who am I?</button>
}
