import type { Metadata } from 'next'
import { CrossDomainSync } from 'next-crossdomain-session/client'
import './shop.css'

export const metadata: Metadata = {
  title: { default: 'Shop', template: '%s' },
  description: 'One visitor, one session, three domains.',
}

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
