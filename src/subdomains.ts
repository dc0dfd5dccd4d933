export { registrableDomain } from './core/domains/registrableDomain.js'
export type { RegistrableDomain } from './core/domains/origin.js'
