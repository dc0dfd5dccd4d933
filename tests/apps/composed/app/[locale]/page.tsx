import { shown } from '../../session'

export default async function Page({ params }: { params: Promise<{ locale: string }> }) {
  const { locale } = await params
  return <p data-testid="shown">{JSON.stringify({ locale, ...(await shown()) })}</p>
}
