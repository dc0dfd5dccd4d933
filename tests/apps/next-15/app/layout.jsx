import { CrossDomainSync } from 'next-crossdomain-session/client'

export default function RootLayout({ children }) {
  return (
    <html lang="en">
      <body>
        <CrossDomainSync />
        {children}
      </body>
    </html>
  )
}
