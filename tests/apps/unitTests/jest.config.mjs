import nextJest from 'next/jest.js'

// The kit and what it uses are ES modules, so Jest has to transform them.
const modules =
  '(next-crossdomain-session|@noble/hashes|iron-session|iron-webcrypto|uint8array-extras|cookie)'
const config = nextJest({ dir: import.meta.dirname })({
  testEnvironment: 'node',
  testMatch: ['**/*.jest.ts'],
})

export default async () => ({
  ...(await config()),
  transformIgnorePatterns: [`/node_modules/(?!\\.pnpm/)(?!${modules}/)`],
})
