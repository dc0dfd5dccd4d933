import type { GetServerSidePropsContext } from 'next'
import { getSession } from '../session'

interface Props {
  readonly cart: string
  readonly user: string
  readonly locale: string
  readonly elsewhere: string
}

export default function Page({ cart, user, locale, elsewhere }: Props) {
  return (
    <form method="post" action="/api/change">
      <p data-testid="cart">{cart}</p>
      <p data-testid="user">{user}</p>
      <p data-testid="locale">{locale}</p>
      <button name="do" value="add">
        Add
      </button>
      <button name="do" value="sign-in">
        Sign in
      </button>
      <button name="do" value="sign-out">
        Sign out
      </button>
      <a href={elsewhere}>In French, elsewhere</a>
    </form>
  )
}

export async function getServerSideProps({ req, res, locale = '' }: GetServerSidePropsContext) {
  const session = await getSession(req, res)
  const [, secondary] = (process.env['CROSSDOMAIN_DOMAINS'] ?? '').split(',')
  const cart = session.get('cart')?.join() ?? 'empty'
  const props: Props = { cart, user: session.userId ?? 'guest', locale, elsewhere: `${secondary}/fr?a=1` }
  return { props }
}
