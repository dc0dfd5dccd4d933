import { getSession } from '../session'

export async function getServerSideProps({ req, res }) {
  const session = await getSession(req, res)
  return { props: { shown: { userId: session.userId, cart: session.get('cart') ?? [] } } }
}

export default function Page({ shown }) {
  return <output data-testid="shown">{JSON.stringify(shown)}</output>
}
