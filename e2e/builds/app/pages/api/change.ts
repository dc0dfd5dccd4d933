import type { NextApiRequest, NextApiResponse } from 'next'
import { getSession } from '../../session'

export default async function handler(request: NextApiRequest, response: NextApiResponse) {
  const session = await getSession(request, response)
  const { do: deed } = request.body as { readonly do: string }
  if (deed === 'add') await session.update((data) => ({ ...data, cart: [...(data.cart ?? []), 'tea'] }))
  if (deed === 'sign-in') await session.login('ada')
  if (deed === 'sign-out') await session.logout()
  response.redirect(303, request.headers.referer ?? '/')
}
