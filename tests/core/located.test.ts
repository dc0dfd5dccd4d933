import { beforeEach, expect, test } from 'vitest'
import { createCrossDomainSession, type CrossDomainError, type Session } from '../../src/index.js'
import { memoryStore } from '../../src/stores/memory.js'
import { primary, secret } from '../support/fakeBrowser.js'

let session: Session
beforeEach(async () => {
  const options = { primary, domains: [primary], secret, store: memoryStore() }
  // Without an answer, every first write is refused.
  const headers = { host: new URL(primary).host }
  session = await createCrossDomainSession(options).getSessionOf({ headers })
})

const writes: Record<string, () => Promise<void>> = {
  set: () => session.set('a', 1),
  delete: () => session.delete('a'),
  update: () => session.update(() => ({ a: 1 })),
  'local.set': () => session.local.set('a', 1),
  login: () => session.login('ada'),
  logout: () => session.logout(),
  destroy: () => session.destroy(),
  flash: () => session.flash('hello'),
}

test.each(Object.keys(writes))(
  'a refused %s names its caller, who may have forgotten to wait',
  async (name) => {
    const refused = new Promise<CrossDomainError>((resolve) => void writes[name]?.().catch(resolve))
    const { code, stack = '' } = await refused
    const [message, first] = stack.split('\n')
    expect(code).toBe('CDS201')
    expect(message).toMatch(/^CrossDomainError: CDS201: .*`await` is missing/)
    expect(first).toContain('located.test.ts')
  },
)
