import assert from 'node:assert/strict'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { systemClock } from '#kernel/clock'
import type { JobHandler } from '#kernel/jobs/jobs'
import { JobRunner } from '#kernel/jobs/runner'
import { jobMigrations } from '#kernel/jobs/schema'
import { jobs } from '#kernel/jobs/store'
import { systemRandom } from '#kernel/random'
import { contractMigrations, storageContract } from '#kernel/storage/contract'
import type { StorageError } from '#kernel/storage/error'
import { statement } from '#kernel/storage/storage'
import { selfSigned } from '../../../test/certificate.ts'
import { onFreePort } from '../../../test/guarded-server.ts'
import { type Postgres, postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { openPostgres } from './postgres.ts'
import { Statistics } from './statistics.ts'

const insert = statement('test/insert', "insert into item (account, name, size) values ('1', :name, :size)")
const grow = statement('test/grow', "update item set size = size + 1 where account = '1' and name = :name")
const find = statement('test/find', "select size from item where account = '1' and name = :name")
const missing = postgresMissing()
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Turns until `check` holds; fails after `boundMs`. */
async function until(boundMs: number, what: string, check: () => boolean | Promise<boolean>): Promise<void> {
  for (const began = performance.now(); !(await check()); await turn())
    assert.ok(performance.now() - began < boundMs, `${what}: not within ${boundMs} ms`)
}

describe('PostgreSQL', { skip: missing ?? false }, () => {
  let server: Postgres
  before(async () => {
    server = await startPostgres()
  })
  after(() => server[Symbol.asyncDispose]())

  const open = (url: string, more: Partial<Parameters<typeof openPostgres>[0]> = {}) =>
    openPostgres({ url, migrations: contractMigrations, clock: systemClock, random: systemRandom, ...more })

  /** A connection past the store, for what an administrator or an accident does. */
  const directly = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }

  test('what was filled or restored and never analyzed is, when the store is opened', async () => {
    const url = await server.database()
    await (await open(url)).close()
    await directly(url, async (client) => {
      // as where it is switched off; else a test of a minute would see PostgreSQL's own
      await client.query('alter table item set (autovacuum_enabled = false)')
      await client.query(
        "insert into item (account, name, size) select '1', 'n' || n, n from generate_series(1, 5000) n",
      )
      const analyzed = async () =>
        (await client.query("select 1 from pg_stats where tablename = 'item' limit 1")).rowCount === 1
      assert.equal(await analyzed(), false)
      const problems: unknown[] = []
      const store = await open(url, { onProblem: (problem) => problems.push(problem) })
      await until(10_000, 'item is analyzed', analyzed)
      await store.close()
      assert.doesNotMatch(String(problems), /analyz/)
    })
  })

  test("statistics: odd names, tables of others and empty ones, a schema of one's own; each is tried once for its size", async () => {
    const url = await server.database()
    await directly(url, async (admin) => {
      await admin.query('create schema "Mixed"')
      const options = '-c search_path="Mixed"'
      const pool = new pg.Pool({ connectionString: url, options, max: 1 })
      const asked: string[] = []
      const problems: unknown[] = []
      const looking = new Statistics({ connectionString: url, options }, (problem) => problems.push(problem))
      const look = async () => {
        const counts = async () =>
          new Map(
            (await admin.query('select relname as name, analyze_count as n from pg_stat_user_tables')).rows.map(
              ({ name, n }) => [name as string, Number(n)],
            ),
          )
        const before = await counts()
        await looking.look()
        const after = new Map<string, number>()
        await until(5000, 'the counts are told', async () => {
          await admin.query('select pg_stat_clear_snapshot()')
          for (const [name, n] of await counts()) after.set(name, n - (before.get(name) ?? 0))
          return true
        })
        asked.push(
          [...after]
            .filter(([, n]) => n > 0)
            .map(([name]) => name)
            .sort()
            .join(' '),
        )
      }
      try {
        await pool.query('create table "Odd name" (id bigint) with (autovacuum_enabled = false)')
        await pool.query('insert into "Odd name" select generate_series(1, 20000)')
        await pool.query('create table emptied (id bigint) with (autovacuum_enabled = false)')
        await pool.query('insert into emptied select generate_series(1, 20000)')
        await pool.query('delete from emptied')
        await pool.query('create role somebody')
        await pool.query('create table theirs as select generate_series(1, 20000) as id')
        await pool.query('grant usage, create on schema "Mixed" to somebody')
        await pool.query('alter table theirs owner to somebody')
        await pool.query('create table small (id bigint)')
        await looking.look()
        const { rows } = await pool.query(
          "select distinct tablename from pg_stats where schemaname = 'Mixed' order by 1",
        )
        assert.ok(rows.some(({ tablename }) => tablename === 'Odd name'))
        assert.ok(!rows.some(({ tablename }) => tablename === 'small'))
        await look()
        await look()
        assert.deepEqual(asked, ['', ''])
        await pool.query('insert into emptied select generate_series(1, 60000)')
        await looking.look()
        const { rowCount } = await pool.query("select 1 from pg_stats where tablename = 'emptied'")
        assert.equal(rowCount, 1)
        assert.deepEqual(problems, [])
      } finally {
        looking.stop()
        await pool.end()
        await admin.query('drop schema "Mixed" cascade')
        await admin.query('drop role somebody')
      }
    })
  })

  storageContract('PostgreSQL', { restarts: true, nodes: true }, async (migrations) => {
    const url = await server.database()
    const again = (list = migrations) => open(url, { migrations: list })
    const storage = await again()
    return { storage, again, [Symbol.asyncDispose]: () => storage.close() }
  })

  test('nodes that start at once on an empty database migrate it once', async () => {
    const url = await server.database()
    const stores = await Promise.all([open(url), open(url), open(url), open(url)])
    for (const store of stores) assert.equal(await store.healthy(), true)
    for (const store of stores) await store.close()
  })

  test('a touch that was not notified is noticed by the next look, within a second', async () => {
    const url = await server.database()
    const storage = await open(url)
    const before = storage.generation('kms')
    await directly(url, (client) =>
      client.query(
        "insert into store_generation (scope, shard, value) values ('kms', 7, 1) on conflict (scope, shard) do update set value = 9",
      ),
    )
    const iam = storage.generation('iam')
    await until(1000, 'the touch', () => storage.generation('kms') !== before)
    assert.equal(storage.generation('iam'), iam)
    await storage.close()
  })

  test('a generation is one number as long as nobody touches the scope, also past several looks', async () => {
    const storage = await open(await server.database())
    const first = storage.generation('secrets')
    await storage.unit('write', async (unit) => unit.touch('secrets'))
    // our own commit counts when it is answered and once more when a look sees it
    await until(1000, 'the look', () => storage.generation('secrets') >= first + 2)
    const before = storage.generation('secrets')
    for (const began = performance.now(); performance.now() - began < 1000; await turn())
      assert.equal(storage.generation('secrets'), before)
    await storage.close()
  })

  test('a connection that the server cuts before the commit costs a second try, not the unit', async () => {
    const url = await server.database()
    const storage = await open(url)
    let runs = 0
    await storage.unit('write', async (unit) => {
      runs++
      await unit.run(insert, { name: `n${runs}`, size: 1 })
      if (runs > 1) return
      await directly(url, (client) =>
        client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'",
        ),
      )
      await unit.run(insert, { name: 'after', size: 1 })
    })
    assert.equal(runs, 2)
    assert.equal(await storage.unit('read', (unit) => unit.get(find, { name: 'n1' })), undefined)
    assert.deepEqual(await storage.unit('read', (unit) => unit.get(find, { name: 'n2' })), { size: 1 })
    await storage.close()
  })

  test('a unit that takes the same key twice ends in an error without its values, after a few tries', async () => {
    const storage = await open(await server.database())
    let runs = 0
    const failing = storage.unit('write', async (unit) => {
      runs++
      await unit.run(insert, { name: 'hunter2', size: 1 })
      await unit.run(insert, { name: 'hunter2', size: 1 })
    })
    await assert.rejects(failing, (error: StorageError) => {
      assert.equal(error.message, 'statement test/insert: SQLSTATE 23505, constraint item_pkey')
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /hunter2/)
      assert.equal(error.code, '23505')
      return true
    })
    assert.equal(runs, 5)
    await storage.close()
  })

  test('when the server is gone: clear errors, not healthy; when it is back: all well, and what others changed is known', async () => {
    await using own = await startPostgres()
    const url = await own.database()
    const problems: unknown[] = []
    const storage = await open(url, { onProblem: (problem) => problems.push(problem) })
    await storage.unit('write', (unit) => unit.run(insert, { name: 'a', size: 1 }))
    await own.stop()
    await assert.rejects(
      storage.unit('read', (unit) => unit.get(find, { name: 'a' })),
      (error: StorageError) => {
        assert.match(error.message, /^(the database can not be reached|the unit|statement test\/find): /)
        assert.match(error.hint ?? '', /is the database up/)
        return true
      },
    )
    assert.equal(await storage.healthy(), false)
    await own.start()
    const another = await open(url)
    const before = storage.generation('iam')
    await another.unit('write', async (unit) => unit.touch('iam'))
    assert.equal(await storage.healthy(), true)
    // The unit itself finds out, whether the connection that listens is back or not.
    assert.ok((await storage.unit('read', async (unit) => unit.generation('iam'))) > before)
    await another.close()
    assert.deepEqual(await storage.unit('read', (unit) => unit.get(find, { name: 'a' })), { size: 1 })
    assert.ok(problems.length > 0)
    await storage.close()
  })

  test('the connection that listens is replaced when it falls silent', async () => {
    const url = new URL(await server.database())
    const carried: Socket[] = []
    const cable = createServer((near) => {
      const far = connect(join(url.searchParams.get('host') ?? '', '.s.PGSQL.5432'))
      near.pipe(far).pipe(near)
      for (const end of [near, far]) end.on('error', () => undefined)
      carried.push(near, far)
    })
    await new Promise<void>((resolve) => cable.listen(0, '127.0.0.1', resolve))
    const { port } = cable.address() as { port: number }
    const storage = await open(`postgres://strongroom@127.0.0.1:${port}${url.pathname}`)
    const before = carried.length
    for (const end of carried) end.unpipe().pause()
    await until(5000, 'another connection', () => carried.length > before)
    await storage.close()
    for (const end of carried) end.destroy()
    cable.close()
  })

  test('a commit is durable also where the server’s own setting says otherwise', async () => {
    const url = await server.database()
    const show = statement('test/show', "select current_setting('synchronous_commit') as value")
    const settingOf = async (wanted: string) => {
      await directly(url, async (client) => {
        const { rows } = await client.query<{ name: string }>('select current_database() as name')
        await client.query(`alter database ${rows[0]?.name} set synchronous_commit = ${wanted}`)
      })
      const storage = await open(url)
      const row = await storage.unit('write', (unit) => unit.get<{ value: string }>(show, {}))
      await storage.close()
      return row?.value
    }
    assert.equal(await settingOf('off'), 'on')
    assert.equal(await settingOf('remote_apply'), 'remote_apply')
  })

  test('several nodes do each job once', async () => {
    const url = await server.database()
    const migrations = [...contractMigrations, ...jobMigrations]
    const stores = await Promise.all([open(url, { migrations }), open(url, { migrations }), open(url, { migrations })])
    const ran: string[] = []
    const handler: JobHandler = {
      kind: 'grow',
      async run(unit, payload) {
        ran.push(String(payload))
        await unit.run(insert, { name: String(payload), size: 1 })
      },
    }
    await stores[0]?.unit('write', async (unit) => {
      for (let i = 0; i < 30; i++) await jobs.schedule(unit, { kind: 'grow', key: `k${i}`, dueAt: i, payload: `n${i}` })
    })
    const failures: unknown[] = []
    const runners = stores.map(
      (storage) =>
        new JobRunner({
          storage,
          clock: systemClock,
          handlers: [handler],
          onFailure: (failure) => failures.push(failure),
          onProblem: (problem) => failures.push(problem),
        }),
    )
    const done = await Promise.all(runners.map((runner) => runner.runDue(100)))
    assert.equal(
      done.reduce((a, b) => a + b),
      30,
    )
    assert.deepEqual(ran.toSorted(), Array.from({ length: 30 }, (_, i) => `n${i}`).toSorted())
    assert.deepEqual(failures, [])
    for (const store of stores) await store.close()
  })

  test('TLS: the server must prove who it is; a certificate that nobody vouches for is refused', async () => {
    const home = mkdtempSync(join(tmpdir(), 'strongroom-tls-'))
    try {
      const { certificate, key } = selfSigned()
      const [certificateFile, keyFile] = [join(home, 'cert.pem'), join(home, 'key.pem')]
      writeFileSync(certificateFile, certificate)
      writeFileSync(keyFile, key, { mode: 0o600 })
      if (process.getuid?.() === 0) for (const file of [home, certificateFile, keyFile]) chownSync(file, 65_534, 65_534)
      const tls = { ssl: 'on', ssl_cert_file: certificateFile, ssl_key_file: keyFile }
      const { port, started } = await onFreePort((port) =>
        startPostgres({ listen_addresses: '127.0.0.1', port: String(port), ...tls }),
      )
      await using own = started
      const name = new URL(await own.database()).pathname
      const url = `postgres://strongroom:hunter2@localhost:${port}${name}?sslmode=verify-full`
      await assert.rejects(open(url), (error: StorageError) => {
        assert.match(error.message, /^opening the database: .*self-signed certificate/)
        assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /hunter2/)
        return true
      })
      const storage = await open(`${url}&sslrootcert=${certificateFile}`)
      const secure = statement('test/secure', 'select ssl as used from pg_stat_ssl where pid = pg_backend_pid()')
      assert.deepEqual(await storage.unit('read', (unit) => unit.get(secure, {})), { used: 1 })
      await storage.close()
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  })

  test('a unit that went by an old generation is done again: what was answered on one node counts on all', async () => {
    const url = await server.database()
    const [one, two] = await Promise.all([open(url), open(url)])
    await one.unit('write', (unit) => unit.run(insert, { name: 'a', size: 1 }))
    let cached = { generation: -1, size: 0 }
    /** Reads through a cache that is good for one generation, as the services do. */
    const read = () =>
      two.unit('read', async (unit) => {
        const generation = unit.generation('kms')
        if (cached.generation !== generation) {
          const row = await unit.get<{ size: number }>(find, { name: 'a' })
          cached = { generation, size: row?.size ?? 0 }
        }
        return cached.size
      })
    for (let size = 1; size <= 50; size++) {
      assert.equal(await read(), size)
      await one.unit('write', async (unit) => {
        unit.touch('kms')
        await unit.run(grow, { name: 'a' })
      })
    }
    assert.equal(await read(), 51)
    // Who does not go by generations is not done again for their sake.
    let runs = 0
    await one.unit('write', async (unit) => unit.touch('kms'))
    await two.unit('read', async (unit) => {
      runs++
      await unit.get(find, { name: 'a' })
    })
    assert.equal(runs, 1)
    await one.close()
    await two.close()
  })

  test('units of many callers wait for a free connection and lose no update', async () => {
    const storage = await open(await server.database(), { connections: 3 })
    await storage.unit('write', (unit) => unit.run(insert, { name: 'a', size: 0 }))
    await Promise.all(
      Array.from({ length: 100 }, () =>
        storage.unit('write', async (unit) => {
          unit.touch('secrets')
          await unit.run(grow, { name: 'a' })
        }),
      ),
    )
    assert.deepEqual(await storage.unit('read', (unit) => unit.get(find, { name: 'a' })), { size: 100 })
    await storage.close()
  })
})
