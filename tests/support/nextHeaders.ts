// Stands in for `next/headers`, and for the part of `next/server` that is about the present request, if a test makes
// the request itself: the functions, and how Next.js seals cookies while a page renders.
interface FakeRequest {
  readonly headers: Headers
  readonly jar: FakeJar
}

let current: FakeRequest | null = null

class FakeJar {
  readonly cookies = new Map<string, string>()
  readonly written: {
    readonly name: string
    readonly value: string
    readonly maxAge?: number | undefined
  }[] = []
  set: (name: string, value: string, options: { maxAge?: number }) => void
  delete: (name: string) => void

  constructor(cookies: Readonly<Record<string, string>>, isRender: boolean) {
    for (const [name, value] of Object.entries(cookies)) this.cookies.set(name, value)
    const refuse = () => {
      throw new Error('Cookies can only be modified in a Server Action or Route Handler.')
    }
    this.set = isRender ? refuse : (name, value, { maxAge }) => this.#write({ name, value, maxAge })
    this.delete = isRender ? refuse : (name) => this.#write({ name, value: '', maxAge: 0 })
  }

  /** What is removed stays, empty. */
  #write(cookie: FakeJar['written'][number]): void {
    this.written.push(cookie)
    this.cookies.set(cookie.name, cookie.value)
  }

  getAll(): { readonly name: string; readonly value: string }[] {
    return [...this.cookies].map(([name, value]) => ({ name, value }))
  }

  get(name: string): { readonly value: string } | undefined {
    const value = this.cookies.get(name)
    return value === undefined ? undefined : { value }
  }
}

/** Begins a request: what `cookies()` and `headers()` give from now on. */
export function beginRequest(input: {
  readonly host: string
  readonly cookies?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly isRender?: boolean
}): FakeJar {
  const jar = new FakeJar(input.cookies ?? {}, input.isRender ?? false)
  current = {
    headers: new Headers({ host: input.host, 'sec-fetch-site': 'same-origin', ...input.headers }),
    jar,
  }
  return jar
}

/** Begins the page that the answer of an action renders: the same headers, and another jar, which shows what the action has set and takes nothing more. */
export function renderAnswer(): FakeJar {
  const { headers, jar } = request()
  current = { headers, jar: new FakeJar(Object.fromEntries(jar.cookies), true) }
  return current.jar
}

export const cookies = async (): Promise<FakeJar> => request().jar
export const headers = async (): Promise<Headers> => request().headers

let afterwards: (() => Promise<unknown>)[] = []

/** What of `next/server` is about the present request. */
export const server = {
  connection: async (): Promise<void> => void request(),
  after: (work: () => Promise<unknown>): void => void (request(), afterwards.push(work)),
}

/** Sends the answer: what the request has put off until then is done. */
export async function sendAnswer(): Promise<void> {
  const works = afterwards
  afterwards = []
  for (const work of works) await work()
}

function request(): FakeRequest {
  if (current === null) throw new Error('beginRequest() first')
  return current
}
