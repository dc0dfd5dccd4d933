/** Drizzle wraps what the driver threw; the SQLSTATE is on one of the causes. */
function* causesOf(
  error: unknown,
): Generator<{ readonly code?: unknown; readonly message?: unknown; readonly cause?: unknown }> {
  for (
    let cause = error;
    typeof cause === 'object' && cause !== null;
    cause = (cause as { cause?: unknown }).cause
  )
    yield cause
}

export function codesOf(error: unknown): ReadonlySet<unknown> {
  return new Set(Array.from(causesOf(error), (cause) => cause.code))
}

export function messagesOf(error: unknown): string {
  return Array.from(causesOf(error), (cause) => cause.message).join('\n')
}
