import pg from 'pg'
import { expect } from 'vitest'
import type { Server } from '../../fixtures/server.mjs'
import { insist, reasonsOf, sleep } from './faults.js'

/** The backends that serve somebody else. */
const others = `from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`

/** What an operator, or bad luck, does to a Postgres server. */
export function postgresFaults(server: Server & { readonly url: string }, admin: pg.Pool) {
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(server.url)
    client.on('error', () => {})
    await client.connect()
    return client
  }
  return {
    /** A connection of its own. */
    connect,

    /** Cuts all other connections. */
    terminate: () => admin.query(`select pg_terminate_backend(pid) ${others}`),

    /** Waits until somebody waits for a lock, and cuts that connection. */
    terminateWaiting: () =>
      insist(async () =>
        expect(
          (await admin.query(`select pg_terminate_backend(pid) ${others} and wait_event_type = 'Lock'`))
            .rowCount,
        ).toBe(1),
      ),

    untilSomebodyWaits: () =>
      insist(async () =>
        expect((await admin.query(`select 1 ${others} and wait_event_type = 'Lock'`)).rowCount).toBe(1),
      ),

    /** Locks a row until the client ends. */
    async hold(id: string): Promise<pg.Client> {
      const client = await connect()
      await client.query('begin')
      await client.query('select 1 from crossdomain_rows where id = $1 for update', [id])
      return client
    },

    /** Locks all rows, so that those who look have to wait as well, until the client ends. */
    async holdAll(): Promise<pg.Client> {
      const client = await connect()
      await client.query('begin')
      await client.query('lock table crossdomain_rows in access exclusive mode')
      return client
    },

    /** Stops the server and all of its backends where they are. @returns What lets them go on. */
    async freeze(): Promise<() => void> {
      const { rows } = await admin.query<{ pid: number }>(`select pid ${others}`)
      const pids = [server.pid, ...rows.map(({ pid }) => pid)]
      for (const pid of pids) process.kill(pid, 'SIGSTOP')
      return () => pids.forEach((pid) => process.kill(pid, 'SIGCONT'))
    },

    /** Takes every connection that there is; nobody else keeps one. */
    async takeAll(): Promise<readonly pg.Client[]> {
      await admin.query(`select pg_terminate_backend(pid) ${others}`)
      const taken: pg.Client[] = []
      for (let refusals = 0; refusals < 10;) {
        try {
          taken.push(await connect())
          refusals = 0
        } catch (error) {
          expect(reasonsOf(error)).toContain('53300')
          refusals += 1
          await sleep(10)
        }
      }
      return taken
    },

    /** Lets every row that is written fail as it does on a full disk. @returns What makes room again. */
    async fillDisk(): Promise<() => Promise<void>> {
      await admin.query(`create or replace function no_space() returns trigger language plpgsql as $$
        begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`)
      await admin.query(
        'create trigger no_space before insert or update on crossdomain_rows for each row execute function no_space()',
      )
      return async () => void (await admin.query('drop trigger no_space on crossdomain_rows'))
    },

    async readOnly(value: 'on' | 'off'): Promise<void> {
      await admin.query(`alter system set default_transaction_read_only = ${value}`)
      await admin.query('select pg_reload_conf()')
      const now = async () =>
        (await admin.query<{ now: string }>(`select current_setting('default_transaction_read_only') as now`))
          .rows[0]?.now
      await insist(async () => expect(await now()).toBe(value))
    },
  }
}
