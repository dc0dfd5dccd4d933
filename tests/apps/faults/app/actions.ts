'use server'

import { CrossDomainError } from 'next-crossdomain-session'
import { getSession } from '../session'

/** Signs in the user whom the form names; without one, it counts. */
export async function write(_: string | null, form: FormData): Promise<string> {
  const session = await getSession()
  const user = String(form.get('user'))
  try {
    if (user !== '') await session.login(user)
    else await session.update((data) => ({ ...data, count: (data.count ?? 0) + 1 }))
    return 'saved'
  } catch (error) {
    if (error instanceof CrossDomainError) return error.code
    throw error
  }
}
