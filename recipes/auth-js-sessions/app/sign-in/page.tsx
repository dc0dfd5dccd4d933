import { signIn } from '../../auth'

/** On every domain, too. */
export default function SignInPage() {
  async function signInHere(form: FormData) {
    'use server'
    await signIn('credentials', {
      email: form.get('email'),
      password: form.get('password'),
      redirectTo: '/',
    })
  }
  return (
    <form action={signInHere}>
      <input name="email" type="email" autoComplete="email" required />
      <input name="password" type="password" autoComplete="current-password" required />
      <button>Sign in</button>
    </form>
  )
}
