import type { Page } from '@playwright/test'

/**
 * Goes to a page, however `go` does that.
 * @returns The page as the server sent it, and which documents were asked for, without claims and tickets.
 */
export async function documentsOf(
  page: Page,
  href: string,
  go: () => Promise<unknown>,
): Promise<{ readonly html: string; readonly asked: readonly string[] }> {
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest()) asked.push(request.url().replace(/(claim|ticket)=.*/, '$1'))
  })
  const [withoutFragment] = href.split('#')
  const answer = page.waitForResponse(
    (response) => response.url() === withoutFragment && response.status() === 200,
  )
  await go()
  return { html: await (await answer).text(), asked }
}
