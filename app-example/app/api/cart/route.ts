import { products } from '../../../data'
import { route } from '../../../session'

/** The cart as JSON: of the visitor, or of whoever sends a token. Pages of the other shops may ask, too. */
export const { GET, OPTIONS } = route(
  {
    GET: (_request, session) => {
      const cart = session.get('cart') ?? {}
      const lines = products
        .filter(({ id }) => id in cart)
        .map(({ id, name }) => ({ id, name, quantity: cart[id] }))
      return Response.json({ user: session.userId, lines })
    },
  },
  { cors: true },
)
