import type { AuthContext, BetterAuthPlugin } from 'better-auth'
import { createAuthMiddleware, isAPIError } from 'better-auth/api'
import { parseCookies, parseSetCookieHeader } from 'better-auth/cookies'
import { makeSignature } from 'better-auth/crypto'
import { headers } from 'next/headers'
import { getSession, getSessionOf, sessions } from './session'

type Session = Awaited<ReturnType<typeof getSession>>

/** What this kit's session keeps of better-auth's, so that all domains have it. */
export interface Carried {
  readonly userId: string
  readonly token: string
  /** False if better-auth's session ends with the browser. */
  readonly remember: boolean
}

/**
 * Keeps better-auth's session in this kit's, instead of in a cookie. So all domains of a browser have the same one, and it
 * is there if, and only if, this kit says that its user is signed in. Put it after all other plugins but `nextCookies()`.
 */
export function crossDomain(): BetterAuthPlugin {
  return {
    id: 'cross-domain',

    init({ options }) {
      const { plugins = [] } = options
      const later = plugins.slice(plugins.findIndex(({ id }) => id === 'cross-domain') + 1)
      // A second factor, for example, takes back the session that a password has begun.
      const judge = later.find(({ id, hooks }) => id !== 'next-cookies' && hooks?.after !== undefined)
      if (judge) throw new Error(`Put crossDomain() after the plugin "${judge.id}": it may refuse a sign-in.`)
      const after = async ({ id }: { readonly id: string }) => void (await sessions.destroyAll(id))
      return { options: { databaseHooks: { user: { delete: { after } } } } }
    },

    hooks: {
      before: [
        {
          matcher: ({ headers }) => headers !== undefined,
          handler: createAuthMiddleware(async ({ context, headers: given = new Headers() }) => {
            const cookies = [...parseCookies(given.get('cookie') ?? '')].filter(
              ([name]) => !isTheirs(context, name),
            )
            const session = await sessionOf(given)
            const carried = await carriedBy(context, session, given)
            const { sessionToken, dontRememberToken } = context.authCookies
            if (carried) cookies.push([sessionToken.name, await sign(context, carried.token)])
            if (carried?.remember === false)
              cookies.push([dontRememberToken.name, await sign(context, 'true')])
            const changed = new Headers(given)
            changed.set('cookie', cookies.map((cookie) => cookie.join('=')).join('; '))
            return { context: { headers: changed } }
          }),
        },
      ],

      after: [
        {
          matcher: () => true,
          handler: createAuthMiddleware(async ({ context, path, headers: given }) => {
            const answer = context.responseHeaders
            const begun = isRefusal(context.returned) ? null : context.newSession
            if (begun) await signIn(context, begun.session, !isForgotten(context, answer))
            else if (path === '/sign-out') await (await getSession()).logout()
            else if (path === '/get-session' && context.returned === null && given)
              await end(await sessionOf(given))
            // The browser gets no cookie that says who somebody is, beside this kit's.
            const lines = answer?.getSetCookie() ?? []
            answer?.delete('set-cookie')
            for (const line of lines)
              if (!isTheirs(context, line.slice(0, line.indexOf('=')))) answer?.append('set-cookie', line)
          }),
        },
      ],
    },
  }
}

/** The session of exactly these headers, so that a call for somebody else does not get that of the visitor. */
async function sessionOf(given: Headers): Promise<Session> {
  const isVisitor = (await headers()).get('cookie') === given.get('cookie')
  return isVisitor ? getSession() : getSessionOf(requestOf(given))
}

const requestOf = (given: Headers) => new Request('http://localhost', { headers: given })

const isOf = (userId: string | null, carried: Carried | undefined): carried is Carried =>
  carried !== undefined && carried.userId === userId

/**
 * What the session carries. If its user has not signed in with better-auth, a session of better-auth begins, even while a
 * page renders: this write needs no cookie.
 * @returns Null if better-auth refuses this user.
 */
async function carriedBy(context: AuthContext, session: Session, given: Headers): Promise<Carried | null> {
  const { userId } = session
  const carried = session.get('betterAuth')
  if (userId === null) return null
  if (isOf(userId, carried)) return carried
  const { internalAdapter } = context
  if ((await internalAdapter.findUserById(userId)) === null) return null
  const begun = await internalAdapter.createSession(userId).catch((error: unknown) => {
    if (isAPIError(error)) return null // A banned user, for example.
    throw error
  })
  if (begun === null) return null
  const betterAuth: Carried = { userId, token: begun.token, remember: true }
  const writable = await getSessionOf(requestOf(given))
  await writable.update((data) => (isOf(userId, data.betterAuth) ? data : { ...data, betterAuth }))
  const winner = writable.get('betterAuth')
  // Another request of this visitor was faster.
  if (winner?.token !== begun.token) await internalAdapter.deleteSession(begun.token)
  return winner ?? null
}

/** better-auth has proved who the visitor is. */
async function signIn(
  context: AuthContext,
  begun: { readonly userId: string; readonly token: string },
  remember: boolean,
): Promise<void> {
  const session = await getSession()
  const carried = session.get('betterAuth')
  // better-auth only sets its cookie again: it has prolonged its session, or changed the user.
  if (isOf(session.userId, carried) && carried.token === begun.token) return
  try {
    await session.login(begun.userId, { remember })
    await session.set('betterAuth', { userId: begun.userId, token: begun.token, remember })
  } catch (error) {
    await context.internalAdapter.deleteSession(begun.token)
    throw error
  }
}

/** better-auth's session has expired, was revoked, or its user is gone. A page that renders may end a session, too. */
async function end({ userId, fingerprint }: Session): Promise<void> {
  if (userId === null) return
  const list = await sessions.list(userId)
  await list.find((device) => device.fingerprint === fingerprint)?.destroy()
}

/** A redirect is an `APIError`, too. */
const isRefusal = (returned: unknown) => isAPIError(returned) && returned.statusCode >= 400

function isForgotten({ authCookies }: AuthContext, answer: Headers | undefined): boolean {
  const cookies = parseSetCookieHeader(answer?.get('set-cookie') ?? '')
  return Boolean(cookies.get(authCookies.dontRememberToken.name)?.value)
}

/** True for the cookies that say who somebody is, the parts of a long one too. */
function isTheirs({ authCookies }: AuthContext, name: string): boolean {
  const { sessionToken, sessionData, dontRememberToken } = authCookies
  return [sessionToken, sessionData, dontRememberToken].some(
    (theirs) => name === theirs.name || name.startsWith(`${theirs.name}.`),
  )
}

async function sign({ secret }: AuthContext, value: string): Promise<string> {
  return encodeURIComponent(`${value}.${await makeSignature(value, secret)}`)
}
