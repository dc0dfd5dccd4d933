let owner = 0
let counters = new Map<number, number>()

/**
 * Ids and keys that do not depend on the order of requests: a request makes the same ones in every run of its case.
 * So what two requests touch can be compared from one run to the other.
 */
export const ownIds = {
  /** For all tests of a file. A spy would keep every call. */
  install(): void {
    Object.defineProperty(crypto, 'getRandomValues', { value: nextId, configurable: true })
  },
  /** Begins anew: nobody has made an id. */
  begin(): void {
    owner = 0
    counters = new Map()
  },
  /** From now on ids are made by this one. */
  of(name: string): void {
    owner = numberOf(name)
  },
}

/** Starting states make theirs as nobody, number 0. */
function numberOf(name: string): number {
  const [request = '', hop = ''] = name.split('+')
  return 1 + Number(request) + (hop === '' ? 0 : 100 * (1 + Number(hop)))
}

function nextId(array: Uint8Array): Uint8Array {
  const count = (counters.get(owner) ?? 0) + 1
  counters.set(owner, count)
  const bytes = new DataView(array.buffer)
  bytes.setUint32(0, owner)
  bytes.setUint32(4, count)
  return array
}
