import type { NextApiRequest, NextApiResponse } from 'next'
import { getSession } from '../../session'

/** A mistake: `getSession()` without the request. */
export default async function handler(_req: NextApiRequest, res: NextApiResponse) {
  res.json(await getSession().then(() => 'a session', String))
}
