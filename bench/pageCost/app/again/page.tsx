import { cookies } from 'next/headers'
import { Page } from '../../Page'

/** Rendered for each request, as the others are, without a session. */
export default async function Plain() {
  await cookies()
  return <Page userId={null} cart={{}} />
}
