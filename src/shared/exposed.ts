/**
 * Declare here once what the option `expose` returns. Then `useSession()` needs no type argument, and
 * `expose` has to return it.
 * @example declare module 'next-crossdomain-session' { interface Register { exposed: Me } }
 */
export interface Register {}

/** What the application has declared as `exposed`, or `Otherwise` if it has declared nothing. */
export type Exposed<Otherwise extends object> = Register extends {
  readonly exposed: infer Registered extends object
}
  ? Registered
  : Otherwise
