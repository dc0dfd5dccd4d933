import type { Config } from '../core/config.js'

// What the test kit puts in the place of Next.js. Nothing of it is there unless `…/testing` was imported.

/** A request that a test makes, and the headers of its answer, which take the cookies. */
export interface TestRequest {
  readonly request: Request
  readonly answer: Headers
}

let scope: { getStore(): TestRequest | undefined } | undefined

/** @param given Knows the request that a test runs in. */
export function useTestScope(given: NonNullable<typeof scope>): void {
  scope = given
}

/** The request of `withSession`, or undefined outside of tests. */
export function testRequest(): TestRequest | undefined {
  return scope?.getStore()
}

const configs = new WeakMap<object, () => Config>()

/** @param getSession That of the kit: tests know the kit by it, because applications export it. */
export function noteConfig(getSession: object, getConfig: () => Config): void {
  configs.set(getSession, getConfig)
}

/** @returns undefined if this is not the `getSession` of a kit. */
export function configOf(getSession: object): Config | undefined {
  return configs.get(getSession)?.()
}
