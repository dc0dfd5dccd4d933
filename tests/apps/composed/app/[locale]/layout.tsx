import type { ReactNode } from 'react'

export default async function RootLayout(props: {
  children: ReactNode
  params: Promise<{ locale: string }>
}) {
  return (
    <html lang={(await props.params).locale}>
      <body>{props.children}</body>
    </html>
  )
}
