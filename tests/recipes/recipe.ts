import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createCrossDomainSession } from '../../src/index.js'
import { sqliteStore } from '../../src/sqlite.js'
import { AppBrowser } from '../support/appBrowser.js'
import { planApp } from '../support/builtApp.js'

export const secret = 'a-secret-for-the-tests-of-built-applications'
export const both = ['primary', 'secondary'] as const

type App = Awaited<ReturnType<typeof planApp>>

/** A recipe whose library keeps its own session, as Next.js builds and starts it, with one database for both. */
export class Recipe {
  /** Each test has users of its own. */
  users = 0

  private constructor(
    readonly app: App,
    readonly db: DatabaseSync,
    readonly stop: () => Promise<void>,
  ) {}

  static async build(name: string): Promise<App> {
    const app = await planApp(`recipes/${name}`)
    app.build({ AUTH_SECRET: secret, BETTER_AUTH_SECRET: secret })
    return app
  }

  static async start(app: App, more: NodeJS.ProcessEnv = {}): Promise<Recipe> {
    const folder = mkdtempSync(join(tmpdir(), 'recipe-'))
    const file = join(folder, 'recipe.db')
    const server = await app.start({
      AUTH_SECRET: secret,
      BETTER_AUTH_SECRET: secret,
      DATABASE_FILE: file,
      ...more,
    })
    const db = new DatabaseSync(file)
    db.exec('pragma busy_timeout = 5000')
    return new Recipe(app, db, async () => {
      await server.stop()
      db.close()
      rmSync(folder, { recursive: true })
    })
  }

  /** What the kit's `sessions` is to a script of the application. */
  get sessions() {
    const { originOf } = this.app
    const domains = both.map(originOf)
    return createCrossDomainSession({
      primary: originOf('primary'),
      domains,
      secret,
      store: sqliteStore(this.db),
    }).sessions
  }

  /** As if the user's sessions had begun without the library. @returns How many there are. */
  forget(userId: string, key: string): number {
    this.db.prepare('delete from session where userId = ?').run(userId)
    const without = "value = json_remove(value, '$.session.data.' || ?), version = version + 1"
    const { changes } = this.db
      .prepare(`update crossdomain_rows set ${without} where userId = ?`)
      .run(key, userId)
    return Number(changes)
  }
}

/** A browser that visits both domains of a recipe. */
export class RecipeBrowser extends AppBrowser {
  constructor(readonly recipe: Recipe) {
    super(recipe.app)
  }

  /** The page of a secondary, after the exchange that the island begins there. */
  async exchange(): Promise<unknown> {
    await this.visit('/', 'secondary')
    return this.shown('/crossdomain/start?return_to=%2F', 'secondary')
  }

  /** Gives somebody else a copy of all cookies. */
  robbedBy<Thief extends AppBrowser>(thief: Thief): Thief {
    for (const domain of both) for (const cookie of this.jars[domain]) thief.jars[domain].set(...cookie)
    return thief
  }
}
