/** Without the frame that esbuild puts around a script of its own: the bundlers of Next.js make modules. */
const modifyEsbuildConfig = (config) => ({ ...config, format: 'esm' })

export default [
  {
    name: 'the island, which every page loads',
    path: 'dist/client.js',
    import: '{ CrossDomainSync }',
    ignore: ['next', 'react', '*/otherwise.js'],
    gzip: true,
    limit: '1.5 kB',
    modifyEsbuildConfig,
  },
  {
    name: 'what a page loads besides if a fetch is not enough',
    path: 'dist/client/otherwise.js',
    ignore: ['*/agreements.js', '*/browser.js'],
    gzip: true,
    limit: '2 kB',
    modifyEsbuildConfig,
  },
]
