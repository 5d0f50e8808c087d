import pg from 'pg'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { type Postgres, startPostgres } from '../../../test/postgres.ts'
import type { Opening } from './trial.ts'

/** One database for a file of tests, emptied for each: to make a new one takes longer than most tests do. */
export class Emptied implements AsyncDisposable {
  readonly #server: Postgres
  readonly url: string

  private constructor(server: Postgres, url: string) {
    this.#server = server
    this.url = url
  }

  static async start(): Promise<Emptied> {
    const server = await startPostgres()
    return new Emptied(server, await server.database())
  }

  /** Opens the store for a trial, as if nothing had ever been in it. */
  readonly open = async (opening: Opening): ReturnType<typeof openPostgres> => {
    const client = new pg.Client(this.url)
    await client.connect()
    try {
      const { rows } = await client.query<{ name: string }>(
        "select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('schema_migration', 'store_generation')",
      )
      if (rows.length > 0) await client.query(`truncate ${rows.map(({ name }) => `"${name}"`).join(', ')}`)
    } finally {
      await client.end()
    }
    return this.beside(opening)
  }

  /** Opens it as it is: another node. */
  beside({ migrations, clock }: Opening): ReturnType<typeof openPostgres> {
    return openPostgres({ url: this.url, migrations, clock, random: systemRandom, onProblem: () => undefined })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]()
  }
}
