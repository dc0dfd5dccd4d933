import { connection } from 'next/server'
import { getSession } from '../../session'

async function cartOf() {
  'use cache'
  return (await getSession()).get('cart') ?? []
}

export async function GET() {
  await connection()
  return Response.json(await cartOf().catch(String))
}
