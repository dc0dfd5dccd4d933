'use client'

import { useFormStatus } from 'react-dom'
import type { ActionResult } from '../actions'
import { useVisitor } from './MeProvider'

type Props = Pick<
  React.ComponentProps<'button'>,
  'className' | 'children' | 'aria-label' | 'aria-pressed' | 'disabled' | 'lang'
> & {
  readonly action: () => Promise<ActionResult>
  readonly testId?: string | undefined
}

/** A form of one button: React keeps a click that comes before the page has woken up. */
export function ActionButton({ action, testId, ...button }: Props) {
  const { run } = useVisitor()
  return (
    <form action={() => run(action)}>
      <Submit {...button} data-testid={testId} />
    </form>
  )
}

function Submit(props: React.ComponentProps<'button'>) {
  const { pending } = useFormStatus()
  return <button type="submit" aria-busy={pending} {...props} />
}
