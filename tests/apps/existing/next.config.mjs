/** @type {import('next').NextConfig} */
export default { cacheComponents: true, turbopack: { root: process.cwd() } }
