import type { Reason } from './agreements.js'
import { wait } from './browser.js'

/**
 * Finds out why a fetch failed, and whether a navigation would get through: it must not end on an error page
 * of the browser.
 * @returns Nothing if it is the network.
 */
export async function findReason(path: string): Promise<Reason | undefined> {
  let isPolicy = false
  const note = (event: SecurityPolicyViolationEvent) =>
    (isPolicy ||= event.effectiveDirective === 'connect-src')
  document.addEventListener('securitypolicyviolation', note)
  const start = (init: RequestInit) =>
    fetch(`${path}/start`, { method: 'POST', credentials: 'include', ...init })
  try {
    // The browser takes away the headers that other scripts add. `check` refuses it, so it changes nothing.
    // An answer that can be read comes from this domain: the primary was not asked.
    if ((await start({ mode: 'no-cors' })).type === 'opaque') return 'headers'
  } catch {
    // The primary is not reached. But if the page's policy says so, it may run, and the first hop tells that
    // this domain does.
    await wait(0)
    if (isPolicy && (await start({ redirect: 'manual' }).catch(() => null))?.type === 'opaqueredirect')
      return 'policy'
  } finally {
    document.removeEventListener('securitypolicyviolation', note)
  }
}
