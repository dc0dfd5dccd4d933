import { defineConfig } from 'vitest/config'

const edge = ['tests/**/*.edge.test.ts']
const project = ['tests/project/*.test.ts']

export default defineConfig({
  test: {
    allowOnly: process.env['CI'] === undefined,
    // Most tests wait for a server more than they compute. Without this, vitest leaves one core unused.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          testTimeout: 30_000,
          maxConcurrency: 60,
          include: ['{tests,fixtures}/**/*.test.{ts,tsx}'],
          exclude: [...edge, ...project],
        },
      },
      // What runs in middleware is tested where middleware runs: no Node globals but those that the edge runtime has.
      { test: { name: 'edge', environment: 'edge-runtime', include: edge } },
      { test: { name: 'static', environment: 'node', include: project } },
    ],
  },
})
