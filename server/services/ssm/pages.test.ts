import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '#kernel/storage/dialect'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { type Statement, type Storage, statement, type Unit } from '#kernel/storage/storage'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import * as pages from './pages.sql.ts'
import { listVersions } from './store.sql.ts'
import { ACCOUNT, REGION, trial } from './test/trial.ts'

/** Each page is one seek and a few rows by an index in its order, whatever the number of parameters: nothing is scanned or sorted. */

const ASKED: Readonly<Record<string, string | number>> = {
  account: ACCOUNT,
  region: REGION,
  from: 'app/',
  to: 'app0',
  parent: 'app',
  label: 'stable',
  parameter: 'id17',
  after: 1,
  limit: 11,
}
const PLANS: readonly (readonly [Statement, index: RegExp])[] = [
  [
    pages.pageOfRange,
    /sqlite_autoindex_parameter_1 \(account=\? AND region=\? AND key>\? AND key<\?\)|"parameter_pkey"/,
  ],
  [
    pages.pageOfLevel,
    /parameter_by_parent \(account=\? AND region=\? AND parent=\? AND key>\? AND key<\?\)|"parameter_by_parent"/,
  ],
  [
    pages.labelledOfRange,
    /sqlite_autoindex_parameter_1 \(account=\? AND region=\? AND key>\? AND key<\?\)|"parameter_pkey"/,
  ],
  [
    pages.labelledOfLevel,
    /parameter_by_parent \(account=\? AND region=\? AND parent=\? AND key>\? AND key<\?\)|"parameter_by_parent"/,
  ],
  [
    listVersions,
    /sqlite_autoindex_parameter_version_1 \(account=\? AND region=\? AND parameter=\? AND version>\?\)|"parameter_version_pkey"/,
  ],
]

/** 20,000 parameters below one level, of which 200 are right below it, two versions each: enough for PostgreSQL to have a choice. */
async function fill(storage: Storage, numbers: string): Promise<void> {
  const level = `case when n % 100 = 0 then 'app' else 'app/deep' || n % 100 end`
  const bytes = storage.engine === 'sqlite' ? `x'00'` : `'\\x00'::bytea`
  await storage.unit('write', async (unit) => {
    const insert = (name: string, sql: string) => unit.run(statement(`test/fill-${name}`, sql), {})
    await insert(
      'parameters',
      `insert into parameter (account, region, key, id, name, parent, latest, tier, created_at, mac)
      select '${ACCOUNT}', '${REGION}', ${level} || '/' || n, 'id' || n, 'x', ${level}, 2, 'Standard', 0, ${bytes}
      from (${numbers}) as numbers`,
    )
    for (const version of [1, 2]) {
      await insert(
        `versions-${version}`,
        `insert into parameter_version (account, region, parameter, version, type, tier, data_type, content, modified_at, modified_by, mac)
        select '${ACCOUNT}', '${REGION}', 'id' || n, ${version}, 'String', 'Standard', 'text', ${bytes}, 0, 'x', ${bytes}
        from (${numbers}) as numbers`,
      )
    }
    await insert(
      'labels',
      `insert into parameter_label (account, region, parameter, label, version, mac)
      select '${ACCOUNT}', '${REGION}', 'id' || n, 'stable', 1, ${bytes} from (${numbers}) as numbers`,
    )
  })
}

test('SQLite seeks for every page, with and without statistics', async () => {
  await using one = await trial()
  const numbers = 'with recursive c(n) as (select 0 union all select n + 1 from c where n < 19999) select n from c'
  await fill(one.storage, numbers)
  const check = (when: string) =>
    one.storage.unit('write', async (unit) => {
      for (const [asked, index] of PLANS) {
        const explain = statement(`test/${when}/${asked.name}`, `explain query plan ${asked.sql}`)
        const rows = await unit.all<{ detail: string }>(explain, ASKED)
        const plan = rows.map(({ detail }) => detail).join('\n')
        assert.match(plan, index, asked.name)
        assert.doesNotMatch(plan, /SCAN|TEMP B-TREE/, asked.name)
      }
    })
  await check('before')
  await one.storage.unit('write', (unit) => unit.run(statement('test/analyze', 'analyze'), {}))
  await check('after')
})

test('PostgreSQL seeks for every page, whatever values it plans for', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using one = await trial({}, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  await fill(one.storage, 'select n from generate_series(0, 19999) as g(n)')
  const run = (unit: Unit, name: string, sql: string) => unit.run(statement(`test/${name}`, sql), {})
  await one.storage.unit('write', (unit) =>
    run(unit, 'analyze', 'analyze parameter, parameter_version, parameter_label'),
  )
  for (const mode of ['force_generic_plan', 'force_custom_plan']) {
    await one.storage.unit('write', async (unit) => {
      await run(unit, mode, `set local plan_cache_mode = ${mode}`)
      for (const [at, [asked, index]] of PLANS.entries()) {
        const { text, names } = compile(asked, 'postgres')
        const name = `page_${mode}_${at}`
        await run(unit, name, `prepare ${name} as ${text}`)
        const values = names.map((each) => (typeof ASKED[each] === 'number' ? ASKED[each] : `'${ASKED[each]}'`))
        const explain = statement(`test/explain-${name}`, `explain (format json) execute ${name}(${values.join(', ')})`)
        const [{ 'QUERY PLAN': plan } = assert.fail()] = await unit.all<{ 'QUERY PLAN': string }>(explain, {})
        assert.match(plan, index, asked.name)
        assert.doesNotMatch(plan, /Seq Scan|"Sort"|Hash Join|Bitmap/, asked.name)
      }
    })
  }
})
