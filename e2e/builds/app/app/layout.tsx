import { CrossDomainSync } from 'next-crossdomain-session/client'

export default function RootLayout({ children }: { readonly children: React.ReactNode }) {
  return (
    <html lang="en">
      <head>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <CrossDomainSync path={process.env.NEXT_PUBLIC_CROSSDOMAIN_PATH ?? '/crossdomain'} />
        {children}
      </body>
    </html>
  )
}
