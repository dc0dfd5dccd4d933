import { describe, expect, test } from 'vitest'
import { middlewareCases } from './middleware.cases.js'

test('these tests run on the edge runtime', () =>
  expect((globalThis as { EdgeRuntime?: string }).EdgeRuntime).toBe('edge-runtime'))
describe('the middleware and the handlers on the edge', middlewareCases)
