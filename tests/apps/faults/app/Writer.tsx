'use client'

import { useActionState } from 'react'
import { write } from './actions'

/** A form that works without scripts, and says what its last write was told. */
export function Writer() {
  const [told, action] = useActionState(write, null)
  return (
    <form action={action}>
      <pre data-testid="told">{JSON.stringify(told)}</pre>
      <input name="user" />
      <button>Write</button>
    </form>
  )
}
