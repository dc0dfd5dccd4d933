import type { BrandId } from '../brands'
import type { Me } from '../me'
import { Header } from './Header'
import { MeProvider } from './MeProvider'
import { Panel } from './Panel'

/** What every page has around it. */
export function Shell({
  brand,
  me,
  children,
}: {
  readonly brand: BrandId
  readonly me: Me | null
  readonly children: React.ReactNode
}) {
  return (
    <MeProvider initial={me}>
      <div className="shop" data-brand={brand}>
        <Header brand={brand} />
        <div className="columns">
          <main>{children}</main>
          <Panel brand={brand} />
        </div>
      </div>
    </MeProvider>
  )
}
