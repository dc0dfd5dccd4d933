/** @type {import('next').NextConfig} */
export default {
  turbopack: { root: process.cwd() },
}
