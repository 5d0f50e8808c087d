import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { contractMigrations } from '#kernel/storage/contract'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { connectionOf } from './connection.ts'
import { Generations } from './generations.ts'
import { openPostgres } from './postgres.ts'

const missing = postgresMissing()
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function until(boundMs: number, what: string, check: () => boolean): Promise<void> {
  for (const began = performance.now(); !check(); await turn())
    assert.ok(performance.now() - began < boundMs, `${what}: not within ${boundMs} ms`)
}

describe('generations of a store on PostgreSQL', { skip: missing ?? false }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  /** A node's generations, and a connection by which all commits come, its own too: the test says when it hears of them. */
  async function node() {
    const url = await server.database()
    const store = await openPostgres({
      url,
      migrations: contractMigrations,
      clock: systemClock,
      random: systemRandom,
    })
    await store.close()
    const problems: unknown[] = []
    const generations = new Generations(connectionOf(url), (problem) => problems.push(problem))
    await generations.start()
    const client = new pg.Client(connectionOf(url))
    await client.connect()
    return {
      generations,
      commit: (shard: number) =>
        client.query(
          `insert into store_generation (scope, shard, value) values ('iam', $1, 1)
           on conflict (scope, shard) do update set value = store_generation.value + 1`,
          [shard],
        ),
      async [Symbol.asyncDispose]() {
        await client.end()
        await generations.close()
        assert.deepEqual(problems, [])
      },
    }
  }

  test('another node’s change is noticed also when a look saw our own commit before we had its reply', async () => {
    await using n = await node()
    for (let round = 0; round < 3; round++) {
      const first = n.generations.of('iam')
      await n.commit(5)
      await until(1000, 'a look that sees our own commit', () => n.generations.of('iam') !== first)
      n.generations.touched(['iam'])
      const cached = n.generations.of('iam')
      await n.commit(6)
      await until(1000, 'the other node’s change', () => n.generations.of('iam') !== cached)
    }
  })

  test('another node’s change is noticed also when our own unit failed after all, or its outcome is unknown', async () => {
    await using n = await node()
    n.generations.touched(['iam'])
    const cached = n.generations.of('iam')
    await n.commit(6)
    await until(1000, 'the other node’s change', () => n.generations.of('iam') !== cached)
  })
})
