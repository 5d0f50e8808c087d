import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '#kernel/storage/storage'
import { beside, DAY, START, type Trial, token, trial } from '../test/trial.ts'
import { type Keeping, pastValues, startForgetting } from './forgetting.ts'

const all = (t: Trial, sql: string): Promise<Row[]> =>
  t.storage.unit('read', (unit) => unit.all({ name: `test/${sql}`, sql }, {}))
const short = (rows: readonly Row[]) => rows.map(({ version }) => String(version).replace(/-+$/, '')).sort()
const past = async (t: Trial) => short(await all(t, 'select version from secret_version_past'))
const there = async (t: Trial) => short(await all(t, 'select version from secret_version'))

/** A secret that keeps three versions, by AWS's rule, and what history keeps of it. */
async function kept(history: Keeping, versions: number): Promise<Trial> {
  const t = await trial({ versions: 3 }, undefined, {}, history)
  await t.storage.unit('write', (unit) => startForgetting(unit, START))
  await t.made()
  for (let i = 2; i <= versions; i++) {
    await t.advance(2 * DAY)
    await t.put(`v${i}`)
    await t.pulse()
  }
  return t
}

test('the values of the last --history-versions versions are kept past AWS’s pruning, older ones are not', async () => {
  await using t = await kept({ keptMs: 365 * DAY, versions: 5 }, 8)
  assert.deepEqual(await there(t), ['v6', 'v7', 'v8'])
  assert.deepEqual(await past(t), ['v4', 'v5'])
  // On AWS's wire a pruned version stays not found.
  await t.refused('GetSecretValue', { SecretId: 'app/db', VersionId: token('v5') }, 'ResourceNotFoundException')
  const { Versions } = await t.call('ListSecretVersionIds', { SecretId: 'app/db', IncludeDeprecated: true })
  assert.deepEqual(short(Versions.map(({ VersionId }: { VersionId: string }) => ({ version: VersionId }))), [
    'v6',
    'v7',
    'v8',
  ])
})

test('what is put by is the same bytes, and opens', async () => {
  await using t = await kept({ keptMs: 365 * DAY, versions: 5 }, 5)
  assert.deepEqual(await past(t), ['v1', 'v2'])
  const value = await t.storage.unit('read', (unit) =>
    t.service.own(unit, t.request()).valueFromHistory({ SecretId: 'app/db', VersionId: token('v2') }),
  )
  assert.equal(value.SecretString, 'value of v2')
})

test('with the default of 100 versions nothing is put by but what labels have pushed out of AWS’s hundred', async () => {
  assert.equal(pastValues({ keptMs: 365 * DAY, versions: 100 }, 100), 0)
  assert.equal(pastValues({ keptMs: 365 * DAY, versions: 1000 }, 100), 900)
  assert.equal(pastValues({ keptMs: 0, versions: 1000 }, 100), 0)
})

test('--history off keeps no value and no change, but who made the versions that are there, and the secret', async () => {
  await using t = await kept({ keptMs: 0, versions: 100 }, 6)
  assert.deepEqual(await past(t), [])
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'one' })
  await t.call('UpdateSecret', { SecretId: 'app/db', Description: 'two' })
  await t.advance(2 * DAY)
  const rows = await all(t, 'select kind, version from secret_history order by entry')
  const said = rows.map(({ kind, version }) => `${kind} ${String(version ?? '').replace(/-+$/, '')}`.trim())
  // The newest entry stays: by its number the next one goes.
  assert.deepEqual(said, ['Created v1', 'Version v4', 'Version v5', 'Version v6', 'Metadata'])
})

test('entries are kept for --history, and then taken away, but for who made what is there', async () => {
  await using t = await kept({ keptMs: 30 * DAY, versions: 5 }, 8)
  const kinds = async () => (await all(t, 'select kind from secret_history order by entry')).map(({ kind }) => kind)
  assert.deepEqual((await kinds()).filter((kind) => kind === 'Pruned').length, 5)
  await t.advance(40 * DAY)
  // v4 and v5 have gone from the history as well: they were pruned more than 30 days ago.
  assert.deepEqual(await past(t), [])
  assert.deepEqual(await kinds(), ['Created', 'Version', 'Version', 'Version', 'Pruned'])
})

test('a lower --history-versions takes effect at the next round', async () => {
  await using t = await kept({ keptMs: 365 * DAY, versions: 6 }, 8)
  assert.deepEqual(await past(t), ['v3', 'v4', 'v5'])
  const other = beside(t, {}, t.storage, { versions: 3 }, { keptMs: 365 * DAY, versions: 4 })
  await other.advance(DAY)
  assert.deepEqual(await past(t), ['v5'])
})

test('a secret that is gone keeps who, when and what until that time is over; its values go with it', async () => {
  await using t = await kept({ keptMs: 30 * DAY, versions: 5 }, 5)
  assert.equal((await past(t)).length, 2)
  await t.call('DeleteSecret', { SecretId: 'app/db', ForceDeleteWithoutRecovery: true })
  assert.deepEqual(await past(t), [])
  assert.deepEqual(await there(t), [])
  const counted = async () => (await all(t, 'select count(*) as rows from secret_history'))[0]?.rows as number
  const entries = await counted()
  assert.equal((await all(t, 'select name from secret_gone'))[0]?.name, 'app/db')
  await t.advance(20 * DAY)
  assert.equal(await counted(), entries)
  await t.advance(12 * DAY)
  assert.equal(await counted(), 0)
  assert.deepEqual(await all(t, 'select * from secret_gone'), [])
})

test('a round takes thousands of entries away, a few hundred in a unit', async () => {
  await using t = await trial(undefined, undefined, {}, { keptMs: 30 * DAY, versions: 100 })
  await t.storage.unit('write', (unit) => startForgetting(unit, START))
  await t.made()
  const insert = {
    name: 'test/many',
    sql: `with recursive n (i) as (select 2 union all select i + 1 from n where i < 3001)
      insert into secret_history select account, region, secret, i, at + i, at, 'Metadata', null, author, '[]', mac
      from secret_history, n`,
  }
  await t.storage.unit('write', (unit) => unit.run(insert, {}))
  await t.advance(29 * DAY)
  assert.equal((await all(t, 'select entry from secret_history')).length, 3001)
  await t.advance(3 * DAY)
  assert.deepEqual(await all(t, 'select entry from secret_history order by entry'), [{ entry: 1 }, { entry: 3001 }])
})
