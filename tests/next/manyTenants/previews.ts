import { createCrossDomainSession } from '../../../src/index.js'
import { memoryStore } from '../../../src/memory.js'

export const { getSession, handlers, proxy } = createCrossDomainSession({
  store: memoryStore(),
  primary: 'https://shop.example',
  domains: ['https://shop.example', 'https://brand.example'],
  previews: ['https://shop-*-acme.vercel.app'],
})
