export { registrableDomain } from './core/registrableDomain.js'
