/** In place of `npx auth migrate`, for this recipe alone. */
export async function register() {
  if (process.env['NEXT_RUNTIME'] === 'nodejs') {
    const { migrate } = await import('./migrate')
    await migrate()
  }
}
