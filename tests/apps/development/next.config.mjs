/** @type {import('next').NextConfig} */
export default {
  reactStrictMode: true,
  devIndicators: false,
  turbopack: { root: process.cwd() },
  logging: { incomingRequests: { ignore: [/^\/crossdomain\//] } },
}
