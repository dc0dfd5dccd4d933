import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'
import { writeLate } from '../../../stream'

const { getSession } = createCrossDomainSession<{ a: string }>({ store: memoryStore() })

export async function GET() {
  return writeLate(await getSession())
}
