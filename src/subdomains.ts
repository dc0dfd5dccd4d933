export { registrableDomain } from './core/registrableDomain.js'
export type { RegistrableDomain } from './core/origin.js'
