// Another mistake: Next.js looks for `proxy` here.
export { proxy as middleware } from './session'

export const config = { matcher: ['/'] }
