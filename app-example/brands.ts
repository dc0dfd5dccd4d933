/** Three shops of one house. The name of a brand is the first label of its host. */
export const brands = {
  primary: { name: 'Northbound', claim: 'For people who leave early.', mark: 'M4 26 14 8l5 9 3-5 6 14z' },
  secondary: {
    name: 'Kaffa',
    claim: 'Coffee, and the time for it.',
    mark: 'M6 10h16v9a7 7 0 0 1-7 7h-2a7 7 0 0 1-7-7zm16 2h2a4 4 0 0 1 0 8h-2',
  },
  another: {
    name: 'Tonware',
    claim: 'Stoneware for every day.',
    mark: 'M10 5h12v3l3 6c2 5-1 12-6 12h-6c-5 0-8-7-6-12l3-6z',
  },
} as const

export type BrandId = keyof typeof brands

export const brandIds = Object.keys(brands) as BrandId[]

export function isBrand(id: string): id is BrandId {
  return Object.hasOwn(brands, id)
}

/** @param host Value of a Host header, or an origin. */
export function brandOf(host: string | null): BrandId {
  const label = (host ?? '').replace(/^https?:\/\//, '').split('.')[0] ?? ''
  return isBrand(label) ? label : 'primary'
}
