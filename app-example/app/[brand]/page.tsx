import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { brandIds, brands, isBrand } from '../../brands'
import { Catalogue, Shared } from '../../components/Catalogue'
import { Shell } from '../../components/Shell'

interface Props {
  readonly params: Promise<{ readonly brand: string }>
}

// The start page of each host, static: next.config.mjs rewrites `/` to it.
export const dynamicParams = false

export function generateStaticParams() {
  return brandIds.map((brand) => ({ brand }))
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { brand } = await params
  return isBrand(brand) ? { title: `${brands[brand].name} · ${brands[brand].claim}` } : {}
}

export default async function CataloguePage({ params }: Props) {
  const { brand } = await params
  if (!isBrand(brand)) notFound()
  return (
    <Shell brand={brand} me={null}>
      <section className="hero">
        <h1>{brands[brand].claim}</h1>
        <Shared />
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d={brands[brand].mark} />
        </svg>
      </section>
      <Catalogue />
    </Shell>
  )
}
