import { createCrossDomainSession } from 'next-crossdomain-session'
import { memoryStore } from 'next-crossdomain-session/memory'

export const { getSession, handlers, proxy } = createCrossDomainSession<{ cart: string[] }>({
  primary: 'https://shop.example',
  domains: ['https://shop.example', 'https://brand.example'],
  secret: 'a-secret-for-tests-of-at-least-32-characters',
  store: memoryStore(),
})
