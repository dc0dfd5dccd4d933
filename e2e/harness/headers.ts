import type { Page } from '@playwright/test'

/** Changes headers of one document on its way to a page. Playwright's own routes would fetch it from Node, which does not know the shop's hosts. */
export async function changeHeaders(
  page: Page,
  url: string,
  changed: Readonly<Record<string, string>>,
): Promise<void> {
  const session = await page.context().newCDPSession(page)
  session.on('Fetch.requestPaused', ({ requestId, responseStatusCode = 200, responseHeaders = [] }) => {
    const kept = responseHeaders.filter(({ name }) => !(name.toLowerCase() in changed))
    const added = Object.entries(changed).map(([name, value]) => ({ name, value }))
    const answer = { requestId, responseCode: responseStatusCode, responseHeaders: [...kept, ...added] }
    void session.send('Fetch.continueResponse', answer).catch(() => {})
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: url, requestStage: 'Response' }] })
}

/** Answers requests with a redirect, as a platform does that knows a site by another name. */
export async function redirectRequests(
  page: Page,
  url: string,
  to: (asked: string) => string,
): Promise<void> {
  const session = await page.context().newCDPSession(page)
  session.on('Fetch.requestPaused', ({ requestId, request }) => {
    const responseHeaders = [{ name: 'Location', value: to(request.url) }]
    void session
      .send('Fetch.fulfillRequest', { requestId, responseCode: 308, responseHeaders })
      .catch(() => {})
  })
  await session.send('Fetch.enable', { patterns: [{ urlPattern: url, requestStage: 'Request' }] })
}
