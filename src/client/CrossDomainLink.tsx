import type { ComponentProps, ReactElement } from 'react'

/** What `<CrossDomainLink/>` takes: everything that `<a>` takes. */
export interface CrossDomainLinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  /** The page, with its origin if it is on another listed domain. Other addresses stay as they are. */
  readonly href: string | URL
  /** The `path` of the options, with your `basePath` before it. Default: `/crossdomain`. */
  readonly path?: string
}

/**
 * A link to a page of another listed domain that takes the visitor's session along. It is a plain `<a>`, for
 * server and client components and static pages: it works without JavaScript and in new tabs, and its
 * address holds nothing of anybody's session.
 */
export function CrossDomainLink({
  href,
  path = '/crossdomain',
  ...others
}: CrossDomainLinkProps): ReactElement<ComponentProps<'a'>> {
  const page = String(href)
  const isPage = /^https?:\/\//i.test(page)
  return <a {...others} href={isPage ? `${path}/start?return_to=${encodeURIComponent(page)}` : page} />
}
