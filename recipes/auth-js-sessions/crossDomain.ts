import type { NextAuthConfig } from 'next-auth'
import type { Adapter } from 'next-auth/adapters'
import type { JWT } from 'next-auth/jwt'
import { headers } from 'next/headers'
import { NextRequest, NextResponse } from 'next/server'
import { getSession, getSessionOf, sessions } from './session'

type Session = Awaited<ReturnType<typeof getSession>>

/** What this kit's session keeps of that of Auth.js, so that all domains have it. */
export interface Carried {
  readonly userId: string
  /** With the strategy `jwt`: what the JWT would hold, as JSON. */
  readonly claims?: string
  /** With the strategy `database`: the key of its row. */
  readonly token?: string
}

/** Auth.js looks for a session only if there is this cookie. It says nothing: who somebody is stands in the kit's session. */
const name = 'authjs.crossdomain'
const value = 'see-the-kit'

/**
 * Keeps the session of Auth.js in this kit's, instead of in a cookie. So all domains of a browser have the same one, and it
 * is there if, and only if, this kit says that its user is signed in.
 */
export function crossDomain(config: NextAuthConfig): NextAuthConfig {
  return {
    ...config,
    trustHost: true,
    cookies: { ...config.cookies, sessionToken: { ...config.cookies?.sessionToken, name } },
    ...(config.adapter && { adapter: carryToken(config.adapter, config.session?.maxAge) }),
    jwt: {
      ...config.jwt,
      async encode({ token }) {
        if (token) await keepClaims(token)
        return value
      },
      async decode() {
        const { userId, claims } = carriedBy(await getSession())
        if (claims !== undefined) return JSON.parse(claims) as JWT
        return userId === undefined ? {} : { sub: userId }
      },
    },
    callbacks: {
      ...config.callbacks,
      async jwt(params) {
        const { trigger, user } = params
        const session = await getSession()
        const isSignIn = trigger === 'signIn' || trigger === 'signUp'
        if (!isSignIn && session.userId === null) return null
        const own = config.callbacks?.jwt
        const token = own ? await own(params) : params.token
        if (isSignIn && token !== null && user.id !== undefined) await session.login(user.id)
        if (!isSignIn && token === null) await end(session)
        return token
      },
    },
    events: {
      ...config.events,
      async signOut(message) {
        const session = await getSession()
        // Auth.js only logs what is thrown here, and goes on as if the visitor were signed out.
        if (session.userId !== null) await session.logout().catch(() => end(session))
        await config.events?.signOut?.(message)
      },
    },
  }
}

/** For `proxy.ts`: shows Auth.js its cookie in every request. The browser does not need to have it. */
export function showAuthJs(request: NextRequest): NextResponse {
  const given = new Headers(request.headers)
  const others =
    given
      .get('cookie')
      ?.split(/; */)
      .filter((pair) => !pair.startsWith(name)) ?? []
  given.set('cookie', [...others, `${name}=${value}`].join('; '))
  return NextResponse.next({ request: { headers: given } })
}

/** For the route: Auth.js answers on the domain that was asked, whatever address the server listens on. */
export async function onItsDomain(request: NextRequest): Promise<NextRequest> {
  const { domain } = await getSession()
  const { pathname, search } = request.nextUrl
  return domain === null ? request : new NextRequest(new URL(pathname + search, domain), request)
}

/** What the session carries for its user. What it carries for somebody else, who was signed in before, does not count. */
function carriedBy(session: Session): Partial<Carried> {
  const { userId } = session
  const carried = session.get('authJs')
  if (userId === null) return {}
  return carried?.userId === userId ? carried : { userId }
}

/** What a JWT would hold has to be there when Auth.js looks again, in any request of any domain. */
async function keepClaims(token: JWT): Promise<void> {
  const session = await getSession()
  const { userId } = session
  const claims = JSON.stringify(token)
  if (userId === null || carriedBy(session).claims === claims) return
  await session.set('authJs', { userId, claims }).catch((error: unknown) => {
    // While a page renders, Auth.js could not keep a new JWT either.
    if (!(error instanceof Error && 'code' in error && error.code === 'CDS201')) throw error
  })
}

function carryToken(adapter: Adapter, maxAgeSeconds = 30 * 24 * 60 * 60): Adapter {
  const { createSession, getSessionAndUser, updateSession, deleteSession } = adapter
  return {
    ...adapter,

    ...(createSession && {
      async createSession(wanted) {
        const begun = await createSession(wanted)
        const session = await getSession()
        await session.login(begun.userId)
        await session.set('authJs', { userId: begun.userId, token: begun.sessionToken })
        return { ...begun, sessionToken: value }
      },
    }),

    ...(getSessionAndUser && {
      async getSessionAndUser() {
        const session = await getSession()
        if (session.userId === null) return null
        const token = carriedBy(session).token ?? (await begin(adapter, session.userId, maxAgeSeconds))
        const found = token === null ? null : await getSessionAndUser(token)
        if (found && found.user.id === session.userId && found.session.expires.getTime() > Date.now())
          return { ...found, session: { ...found.session, sessionToken: value } }
        // It has expired, was removed, or its user is gone.
        if (found && token !== null) await deleteSession?.(token)
        await end(session)
        return null
      },
    }),

    ...(updateSession && {
      async updateSession(changes) {
        const { token } = carriedBy(await getSession())
        if (token === undefined) return null
        const updated = await updateSession({ ...changes, sessionToken: token })
        return updated && { ...updated, sessionToken: value }
      },
    }),

    ...(deleteSession && {
      async deleteSession() {
        const { token } = carriedBy(await getSession())
        if (token !== undefined) await deleteSession(token)
      },
    }),
  }
}

/** Begins a session of Auth.js for a user who has signed in without it, even while a page renders: this needs no cookie. */
async function begin(adapter: Adapter, userId: string, maxAgeSeconds: number): Promise<string | null> {
  if (!(await adapter.getUser?.(userId))) return null
  const sessionToken = crypto.randomUUID()
  const expires = new Date(Date.now() + maxAgeSeconds * 1000)
  await adapter.createSession?.({ sessionToken, userId, expires })
  const given = new Request('http://localhost', { headers: await headers() })
  const session = await getSessionOf(given)
  await session.update((data) =>
    data.authJs?.userId === userId && data.authJs.token
      ? data
      : { ...data, authJs: { userId, token: sessionToken } },
  )
  const winner = session.get('authJs')?.token ?? null
  // Another request of this visitor was faster.
  if (winner !== sessionToken) await adapter.deleteSession?.(sessionToken)
  return winner
}

/** A page that renders may end a session, too. */
async function end({ userId, fingerprint }: Session): Promise<void> {
  if (userId === null) return
  const list = await sessions.list(userId)
  await list.find((device) => device.fingerprint === fingerprint)?.destroy()
}
