import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { auth } from '../../auth'

/** On every domain, too. */
export default function SignInPage() {
  async function signIn(form: FormData) {
    'use server'
    await auth.api.signInEmail({
      body: { email: String(form.get('email')), password: String(form.get('password')) },
      headers: await headers(),
    })
    redirect('/')
  }
  return (
    <form action={signIn}>
      <input name="email" type="email" autoComplete="email" required />
      <input name="password" type="password" autoComplete="current-password" required />
      <button>Sign in</button>
    </form>
  )
}
