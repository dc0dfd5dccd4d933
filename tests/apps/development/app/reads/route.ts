import { connection } from 'next/server'
import { counts } from '../../session'

/** How often the store was asked so far; asks nothing itself. */
export async function GET() {
  await connection()
  return Response.json(counts.reads)
}
