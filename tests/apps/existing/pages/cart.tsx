import type { GetServerSidePropsContext } from 'next'
import { getSession } from '../session'

export async function getServerSideProps({ req, res }: GetServerSidePropsContext) {
  const session = await getSession(req, res)
  return { props: { shown: { userId: session.userId, cart: session.get('cart') ?? [] } } }
}

export default function Page({ shown }: { shown: object }) {
  return <p data-testid="shown">{JSON.stringify(shown)}</p>
}
