import { createClient } from '@vercel/kv'
import { kvStore } from 'next-crossdomain-session/kv'
import { kitOf } from '../../../kit'

export const runtime = 'edge'

const { handlers } = kitOf(
  kvStore(
    createClient({
      url: process.env.KV_REST_API_URL ?? 'https://localhost',
      token: process.env.KV_REST_API_TOKEN ?? 'none',
    }),
  ),
)

export const { GET, POST, OPTIONS } = handlers
