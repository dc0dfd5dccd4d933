import { counts } from '../../session'

export const dynamic = 'force-dynamic'

/** How often the store was asked so far; asks nothing itself. */
export function GET() {
  return Response.json(counts.reads)
}
