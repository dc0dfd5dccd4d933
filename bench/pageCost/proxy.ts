export { proxy } from './kits'

/** Returning visitors come with cookies, so their pages need none. */
export const config = { matcher: '/never' }
