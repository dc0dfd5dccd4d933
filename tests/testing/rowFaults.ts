import { parsing, parsingTexts, writing, type Fault, type Faults } from './faults.js'

const back = (what: string) => `gives back what it was given: ${what}`

/** Knows its rows by another form of their id. */
const naming =
  (nameOf: (id: string) => string): Fault =>
  (store) => ({
    ...writing(store, (change) => ({ ...change, id: nameOf(change.id) })),
    read: (ids) => store.read(ids.map(nameOf)),
  })

export const rowFaults: Faults = {
  "lists a user's rows, all and nobody else's, for user ids of 255 odd characters": {
    'cuts user ids at 254 characters': (store) => ({
      ...writing(store, (change) => ({ ...change, userId: change.userId?.slice(0, 254) ?? null })),
      listUser: (userId) => store.listUser(userId.slice(0, 254)),
    }),
    "lists ten of a user's rows": (store) => ({
      async listUser(userId) {
        const answer = await store.listUser(userId)
        return { ...answer, rows: answer.rows.slice(0, 10) }
      },
    }),
  },
  'lists a row for its new user alone when that changes, unless it is refused': {
    'keeps the user that a row had first': (store) =>
      writing(store, (change, row) => ({ ...change, userId: row?.userId ?? change.userId })),
    'lists a row for the user before as well': (store) => {
      const rowsOf = new Map<string | null, Set<string>>()
      return {
        ...writing(store, (change) => {
          rowsOf.set(change.userId, (rowsOf.get(change.userId) ?? new Set()).add(change.id))
          return change
        }),
        listUser: (userId) => store.read([...(rowsOf.get(userId) ?? [])]),
      }
    },
  },
  'finds a user for as long as the longest row, whichever was written last': {
    'forgets a user when the row that was written last is over': (store, { now }) => {
      const untilMs = new Map<string | null, number>()
      return {
        ...writing(store, (change) => {
          untilMs.set(change.userId, now() + change.livesMs)
          return change
        }),
        listUser: (userId) => store.listUser((untilMs.get(userId) ?? 0) > now() ? userId : ''),
      }
    },
  },
  'gives a row to one of twenty users that take it at once, who alone lists it': {
    'lists a row for each user that asked for it': (store) => {
      const asked = new Map<string, string>()
      return {
        ...writing(store, (change) => {
          if (change.userId !== null) asked.set(change.userId, change.id)
          return change
        }),
        listUser: (userId) => store.read([asked.get(userId) ?? '']),
      }
    },
  },
  'keeps a row for all of its time, which each change sets anew': {
    'keeps the time that a row was given first': (store) => {
      const first = new Map<string, number>()
      return writing(store, (change) => {
        first.set(change.id, first.get(change.id) ?? change.livesMs)
        return { ...change, livesMs: first.get(change.id) ?? 0 }
      })
    },
    'takes milliseconds for seconds': (store) =>
      writing(store, (change) => ({ ...change, livesMs: change.livesMs * 1000 })),
    'keeps milliseconds in 32 bits': (store) =>
      writing(store, (change) => ({ ...change, livesMs: change.livesMs | 0 })),
  },
  'makes a row anew after it was swept with version 0 alone, at version 1': {
    'brings a row back that was swept': (store) => {
      const known = new Set<string>()
      return writing(store, (change, row) => {
        const isBack = row === undefined && known.has(change.id)
        known.add(change.id)
        return isBack ? { ...change, version: 0 } : change
      })
    },
  },
  'sweeps no more rows than it may, all that are over in the end, and no other': {
    'sweeps more rows than it may': (store) => ({ sweep: () => store.sweep(1000) }),
    'sweeps more rows than it says': (store) => ({
      sweep: async (limit) => Math.min(limit, await store.sweep(1000)),
    }),
    'sweeps nothing': () => ({ sweep: async () => 0 }),
  },
  'tells its time in milliseconds, which goes on and never back': {
    'tells seconds': (store) => ({
      async read(ids) {
        const answer = await store.read(ids)
        return { ...answer, nowMs: Math.floor(answer.nowMs / 1000) }
      },
    }),
    'goes back in time': (store) => ({
      async listUser(userId) {
        const answer = await store.listUser(userId)
        return { ...answer, nowMs: answer.nowMs - 1000 }
      },
    }),
  },
  "goes by the store's clock, whether an application's is slow or fast": {
    "tells the application's time": (store) => ({
      read: async (ids) => ({ ...(await store.read(ids)), nowMs: Date.now() }),
    }),
    "keeps rows by the application's clock": (store, { now }) =>
      writing(store, (change) => ({ ...change, livesMs: Date.now() + change.livesMs - now() })),
    "sweeps by the application's clock": (store) => {
      const started = Date.now() - performance.now()
      const isOff = () => Math.abs(Date.now() - performance.now() - started) > 60_000
      return { sweep: async (limit) => (isOff() ? 0 : store.sweep(limit)) }
    },
  },
  'tells ids of a hundred characters apart by each of them, upper and lower case too': {
    'takes upper and lower case for the same': naming((id) => id.toLowerCase()),
    'cuts ids at 99 characters': naming((id) => id.slice(0, 99)),
    'takes _ and - for the same': naming((id) => id.replaceAll('_', '-')),
  },
  [back('empty things')]: {
    'takes an empty list for an object': parsing((text) => JSON.parse(text.replaceAll('[]', '{}'))),
  },
  [back('numbers')]: {
    'keeps 14 digits of a number': parsing((text) =>
      JSON.parse(text, (_, value: unknown) =>
        typeof value === 'number' ? Number(value.toPrecision(14)) : value,
      ),
    ),
  },
  [back('unicode')]: { 'normalises texts': parsingTexts((text) => text.normalize()) },
  [back('control characters')]: {
    'turns carriage returns into line feeds': parsingTexts((text) => text.replaceAll('\r', '\n')),
  },
  [back('quotes')]: { 'doubles quotes': parsingTexts((text) => text.replaceAll("'", "''")) },
  [back('texts like JSON')]: { 'parses texts that are JSON': parsingTexts((text) => parsedOr(text)) },
  [back('a hundred deep')]: { 'goes 64 deep': parsing((text) => cutBelow(64, JSON.parse(text))) },
  [back('200 kB in one text')]: {
    'keeps 65,535 characters of a text': parsingTexts((text) => text.slice(0, 65_535)),
  },
  [back('200 kB in many keys')]: {
    'keeps values of 64 kB': (store) =>
      writing(store, (change) =>
        JSON.stringify(change).length > 65_535 ? { ...change, value: {} } : change,
      ),
  },
  [back('odd keys')]: {
    'drops keys that are empty': parsing((text) => JSON.parse(text.replaceAll('"":', '"_":'))),
  },
}

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function cutBelow(depth: number, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return null
  if (Array.isArray(value)) return value.map((item: unknown) => cutBelow(depth - 1, item))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutBelow(depth - 1, item)]))
}
