import { createClient } from '@vercel/kv'
import { kvStore } from 'next-crossdomain-session/kv'
import { kitOf } from '../../kit'

export const runtime = 'edge'

// The client's own retries would outlast the test of a store that is down.
const client = createClient({
  url: process.env.KV_REST_API_URL ?? 'https://localhost',
  token: process.env.KV_REST_API_TOKEN ?? 'none',
  retry: { retries: 0 },
})

export const { GET, POST } = kitOf(kvStore(client))
