import { CrossDomainSync } from 'next-crossdomain-session/client'

export default function RootLayout({ children }: { readonly children: React.ReactNode }) {
  return (
    <html lang="en">
      <body>
        {children}
        <CrossDomainSync />
      </body>
    </html>
  )
}
