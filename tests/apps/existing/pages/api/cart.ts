import type { NextApiRequest, NextApiResponse } from 'next'
import { getSession } from '../../session'

export default async function handler(req: NextApiRequest, res: NextApiResponse) {
  const session = await getSession(req, res)
  if (req.method === 'POST')
    await session.update(({ cart = [] }) => ({ cart: [...cart, String(req.query['item'])] }))
  if (req.method === 'PUT') await session.login('ada')
  res.json({ userId: session.userId, cart: session.get('cart') ?? [] })
}
