import { CrossDomainError, type Session } from 'next-crossdomain-session'

/** Writes half a second after the answer was returned, and says in the stream what came of it. */
export function writeLate(session: Session<{ a?: string }>): Response {
  const write = async (controller: ReadableStreamDefaultController) => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const told = await session.set('a', 'late').then(
      () => 'saved',
      (error: unknown) => (error instanceof CrossDomainError ? error.code : String(error)),
    )
    controller.enqueue(new TextEncoder().encode(told))
    controller.close()
  }
  return new Response(new ReadableStream({ start: (controller) => void write(controller) }))
}
