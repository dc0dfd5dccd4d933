import { getSession, shown } from '../../../session'

export async function POST() {
  const session = await getSession()
  await session.set('cart', ['tea'])
  return Response.json(await shown())
}

export async function PUT() {
  await (await getSession()).login('ada')
  return Response.json(await shown())
}
