import type { AppProps } from 'next/app'
import { CrossDomainSync } from 'next-crossdomain-session/client'

export default function App({ Component, pageProps }: AppProps) {
  return (
    <>
      <CrossDomainSync />
      <Component {...pageProps} />
    </>
  )
}
