'use server'

import { getSession } from './session'

export async function addToCart(item: string): Promise<string> {
  const session = await getSession()
  await session.set('cart', [...(session.get('cart') ?? []), item])
  return `${session.userId ?? 'A guest'} has ${session.get('cart')?.join(' and ')}.`
}
