/** Loads the session when the server starts: a mistake in its options shows now, and not at the first request. */
export async function register() {
  if (process.env.NEXT_RUNTIME === 'nodejs') await import('./session')
}
