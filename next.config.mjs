// Configuration of the example shop, which `next build app-example` finds here.

/** One build serves three brands: each host's start page is a static page of its own. */
const brands = ['primary', 'secondary', 'another']

/** @type {import('next').NextConfig} */
export default {
  distDir: process.env.NEXT_DIST_DIR ?? '.next',
  poweredByHeader: false,
  rewrites: async () => ({
    beforeFiles: brands.map((brand) => ({
      source: '/',
      has: [{ type: 'host', value: `${brand}\\.localhost` }],
      destination: `/${brand}`,
    })),
  }),
}
