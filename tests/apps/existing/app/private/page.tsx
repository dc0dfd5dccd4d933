import { getSession } from '../../session'

async function cartOf() {
  'use cache: private'
  return (await getSession()).get('cart') ?? []
}

export default async function Page() {
  return <p data-testid="shown">{JSON.stringify(await cartOf())}</p>
}
