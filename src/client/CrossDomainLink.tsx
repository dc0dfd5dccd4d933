import type { ComponentProps, ReactElement } from 'react'

/** The props of `<CrossDomainLink/>`: those of `<a>`, and `path`. */
export interface CrossDomainLinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /**
   * The page, with its origin if it is on another listed domain. An address without an origin stays as it is.
   */
  readonly href: string | URL
  /** The `path` of the options, with your `basePath` before it. Default: `/crossdomain`. */
  readonly path?: string
}

/**
 * A link that takes the visitor's session to a page of another listed domain. It renders a plain `<a>`, so it
 * works in server and client components, on static pages, without JavaScript and in new tabs. Its address is
 * the same for everybody.
 */
export function CrossDomainLink({
  href,
  path = '/crossdomain',
  ...others
}: CrossDomainLinkProps): ReactElement<ComponentProps<'a'>> {
  const page = String(href)
  const target = /^https?:\/\//i.test(page) ? parse(page) : undefined
  return <a {...others} href={target ? `${path}/start?return_to=${encodeURIComponent(target)}` : page} />
}

/** Some browsers that Next.js supports do not have `URL.canParse`, which would be shorter. */
function parse(page: string): string | undefined {
  try {
    return new URL(page).href
  } catch {
    return undefined
  }
}
