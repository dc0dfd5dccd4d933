/** @type {import('next').NextConfig} */
export default {
  // As create-next-app writes it: pages are prerendered as far as that goes, and once more at each request.
  cacheComponents: true,
  partialPrefetching: true,
  reactStrictMode: true,
  devIndicators: false,
  turbopack: { root: process.cwd() },
  logging: { incomingRequests: { ignore: [/^\/crossdomain\//] } },
}
