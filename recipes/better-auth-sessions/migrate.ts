import { getMigrations } from 'better-auth/db/migration'
import { options } from './options'

export async function migrate(): Promise<void> {
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
}
