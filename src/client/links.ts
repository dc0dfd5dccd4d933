import { wait } from './browser.js'
import { isSending, noteDeed } from './sending.js'

/**
 * Goes another way when somebody clicks a link to another page of this origin. Not while something is being
 * sent: then the link is followed as it is.
 * @param wayOf Returns what to do instead, or null to leave the link alone.
 */
export function watchLinks(wayOf: (link: HTMLAnchorElement) => (() => void) | null): void {
  const look = async (event: MouseEvent) => {
    const link = plainLinkOf(event)
    if (!link) return noteDeed()
    let way = isSending() ? null : wayOf(link)
    if (!way) return
    // The router of Next.js leaves a click alone that is prevented already. Whoever prevents it after this is
    // the application: it opens a drawer, say, and the visitor stays.
    event.preventDefault()
    event.preventDefault = () => (way = noteDeed)
    // A last listener would not hear of a click that another one has stopped.
    await wait(0)
    way()
  }
  // `capture`: before the router.
  addEventListener('click', look, true)
}

/**
 * @returns null for what opens elsewhere, downloads, stays on the page, is used as a button, or wants to be
 * left alone.
 */
function plainLinkOf(event: MouseEvent): HTMLAnchorElement | null {
  const { button, altKey, ctrlKey, metaKey, shiftKey, target, defaultPrevented } = event
  if (button || altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return null
  // A script may click the document.
  const link =
    target instanceof Element &&
    target.closest<HTMLAnchorElement>('a[href]:not([download],[role],[data-crossdomain=stay])')
  if (!link || link.origin !== location.origin || link.target) return null
  return link.pathname + link.search === location.pathname + location.search ? null : link
}
