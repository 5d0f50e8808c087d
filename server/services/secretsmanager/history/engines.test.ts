import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { faulty } from '#kernel/storage/faulty'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { ROTATOR } from '../test/functions.ts'
import { beside, DAY, MIGRATIONS, START, type Trial, token, trial } from '../test/trial.ts'
import type { Entry } from './entry.ts'
import { startForgetting } from './forgetting.ts'
import { History } from './store.ts'

/* The history is the same on both engines, and one of two processes that share a store. */

const KEEPING = { keptMs: 20 * DAY, versions: 5 }

/** All that is kept of the past, of secrets that are there and gone. */
async function kept(t: Trial) {
  return t.storage.unit('read', async (unit) => {
    const history = new History(unit, t.service.policies.history)
    const all = (sql: string) => unit.all<{ id: string }>({ name: `test/${sql}`, sql }, {})
    const holders = await all('select distinct secret as id from secret_history order by secret')
    const entries: Entry[] = []
    const cell = { account: '111122223333', region: 'us-east-1' }
    for (const { id } of holders) entries.push(...(await history.entries({ ...cell, id }, { limit: 1000 })))
    const gone = await history.goneUnder(cell, { prefix: '', since: 0, limit: 100 })
    const past = await all('select version as id from secret_version_past order by version')
    return { entries, gone, past, found: await history.gone(cell, 'gone'), under: gone.length }
  })
}

async function walk(t: Trial) {
  await t.storage.unit('write', (unit) => startForgetting(unit, START))
  await t.made('app/db', { Description: 'à', Tags: [{ Key: 'team', Value: 'blue' }] })
  await t.made('gone')
  await t.call('DeleteSecret', { SecretId: 'gone', ForceDeleteWithoutRecovery: true })
  for (let i = 2; i <= 9; i++) {
    await t.advance(2 * DAY)
    await t.put(`v${i}`)
    await t.call('TagResource', { SecretId: 'app/db', Tags: [{ Key: 'n', Value: `${i}` }] })
    await t.pulse()
  }
  await t.call('RotateSecret', { SecretId: 'app/db', ClientRequestToken: token('r'), RotationLambdaARN: ROTATOR })
  await t.advance(3 * DAY)
  await t.call('DeleteSecret', { SecretId: 'app/db', RecoveryWindowInDays: 7 })
  await t.advance(3 * DAY)
  return kept(t)
}

const engine = (url: string) => (opening: Parameters<NonNullable<Parameters<typeof trial>[1]>>[0]) =>
  openPostgres({ url, random: systemRandom, ...opening })

test('the same history on SQLite and PostgreSQL, and the same of it is forgotten', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using embedded = await trial({ versions: 3 }, undefined, {}, KEEPING)
  const expected = await walk(embedded)
  await using server = await startPostgres()
  await using central = await trial({ versions: 3 }, engine(await server.database()), {}, KEEPING)
  assert.deepEqual(await walk(central), expected)
  assert.ok(expected.entries.length > 10)
  assert.equal(expected.found, undefined)
  assert.deepEqual(
    expected.past.map(({ id }) => id),
    [token('v6'), token('v7')],
  )
})

test('two processes that change one secret at once leave entries in one order, each with its author', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  await using a = await trial(undefined, engine(url))
  const own = await openPostgres({ url, random: systemRandom, migrations: MIGRATIONS, clock: a.clock })
  await using b = beside(a, {}, faulty(own))
  await a.made()
  const tag = (t: Trial, who: string, at: number) =>
    t.call(
      'TagResource',
      { SecretId: 'app/db', Tags: [{ Key: `${who}${at}`, Value: 'x' }] },
      { requestId: `${who}${at}` },
    )
  const each = Array.from({ length: 15 }, (_, at) => at)
  await Promise.all(each.flatMap((at) => [tag(a, 'a', at), tag(b, 'b', at)]))
  const { entries } = await kept(b)
  assert.deepEqual(
    entries.map(({ number }) => number),
    Array.from({ length: 31 }, (_, at) => 31 - at),
  )
  // Each entry goes on from where the one before it ended, and says by which request.
  let tags: string | undefined
  for (const { changes, author } of entries.toReversed()) {
    for (const { member, from, to } of changes) {
      if (member !== 'Tags') continue
      assert.equal(from, tags)
      assert.ok(to?.includes(`"${author.requestId}"`))
      tags = to
    }
  }
  assert.equal(JSON.parse(tags ?? '[]').length, 30)
  const { entries: seen } = await kept(a)
  assert.deepEqual(seen, entries)
})
