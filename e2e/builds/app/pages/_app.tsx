import type { AppProps } from 'next/app'
import Head from 'next/head'
import { CrossDomainSync } from 'next-crossdomain-session/client'

export default function App({ Component, pageProps }: AppProps) {
  return (
    <>
      <Head>
        <link rel="icon" href="data:," />
      </Head>
      <CrossDomainSync />
      <Component {...pageProps} />
    </>
  )
}
