import { getSession } from '../../session'

export default async function Layout({ children }: { readonly children: React.ReactNode }) {
  await getSession()
  return children
}
