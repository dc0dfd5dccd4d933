import { isSending, noteDeed } from './sending.js'

/**
 * Calls `follow` when somebody clicks a link to another page of this origin, before a router or the browser
 * follows it. Not while something is being sent: then the link is followed as it is.
 * @param follow Returns whether it goes there itself.
 */
export function watchLinks(follow: (link: HTMLAnchorElement) => boolean): void {
  // `capture`: before the router of Next.js, which leaves a click alone that somebody else has taken.
  const look = (event: MouseEvent) => {
    const link = plainLinkOf(event)
    if (link === null) noteDeed()
    else if (!isSending() && follow(link)) event.preventDefault()
  }
  addEventListener('click', look, true)
}

/** @returns null for what opens elsewhere, downloads, stays on the page, or is used as a button. */
function plainLinkOf(event: MouseEvent): HTMLAnchorElement | null {
  const { button, altKey, ctrlKey, metaKey, shiftKey, target, defaultPrevented } = event
  if (button || altKey || ctrlKey || metaKey || shiftKey || defaultPrevented) return null
  const link = (target as Element).closest<HTMLAnchorElement>('a[href]:not([download], [role])')
  if (link?.origin !== location.origin || !/^(_self)?$/.test(link.target)) return null
  return link.pathname + link.search === location.pathname + location.search ? null : link
}
