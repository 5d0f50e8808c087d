import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as administration from './administration.ts'
import { ROTATOR, rotator } from './test/functions.ts'
import { ACCOUNT, beside, REGION, type Trial, token, trial } from './test/trial.ts'

const SecretId = 'app/db'
const cell = { account: ACCOUNT, region: REGION }
const rotate = (t: Trial, more: object = {}) =>
  t.call('RotateSecret', {
    SecretId,
    ClientRequestToken: token('r1'),
    RotationLambdaARN: ROTATOR,
    RotationRules: { AutomaticallyAfterDays: 30 },
    ...more,
  })
const show = (t: Trial) =>
  t.storage.unit('read', (unit) =>
    administration.showRotation(t.service.administer(unit, cell, []), SecretId, t.clock.now()),
  )
const states = async (t: Trial) =>
  t.storage.unit('read', async (unit) => {
    const listed = await administration.listRotations(unit, t.service.policies, { now: t.clock.now() })
    return listed.map(({ name, state }) => `${name} ${state.name}`)
  })

async function begun(): Promise<Trial> {
  const t = await trial()
  await t.made(SecretId)
  await t.call('GetSecretValue', { SecretId })
  await t.service.flush(t.storage)
  await rotate(t)
  return t
}

/** Rows that decide when functions run, and for whom, changed from outside. */
for (const [table, change, ask] of [
  ['secret_rotation_run', "rotation_token = 'x'", show],
  ['secret_rotation_run', "node = 'x'", show],
  ['secret_rotation_watch', 'due_by = due_by + 1', show],
  ['secret_rotation_watch', 'held_since = 1', show],
  [
    'secret_reader',
    "version = 'x'",
    (t: Trial) =>
      t.storage.unit('read', (unit) => administration.showReaders(t.service.administer(unit, cell, []), SecretId)),
  ],
  [
    'rotation_node',
    'until = until + 1000000',
    (t: Trial) =>
      t.storage.unit('read', async (unit) =>
        beside(t).service.leases?.until(unit, t.service.leases?.node ?? '', t.clock.now()),
      ),
  ],
] as const)
  test(`a row of ${table} with ${change.split(' ')[0]} changed from outside is refused`, async () => {
    await using t = await begun()
    const stuck = Promise.withResolvers<never>()
    t.functions.answer = () => stuck.promise
    await t.travel(0)
    await ask(t)
    const sql = `update ${table} set ${change}`
    const changed = await t.storage.unit('write', (unit) => unit.run({ name: sql, sql }, {}))
    assert.equal(changed, 1)
    await assert.rejects(ask(t) as Promise<unknown>, /is not as this server wrote it/)
    t.service.leases?.rest()
  })

test('the list says in one word where each rotation stands', async () => {
  await using t = await begun()
  assert.deepEqual(await states(t), ['app/db starting'])
  t.functions.answer = () => ({ ok: false, errorType: 'E', errorMessage: 'no' })
  await t.advance(0)
  assert.deepEqual(await states(t), ['app/db retrying'])
  await t.advance(3 * 3_600_000)
  assert.deepEqual(await states(t), ['app/db waiting'])
  const { state } = await show(t)
  assert.ok(state.overdueSince !== undefined && state.next !== undefined)
  t.functions.answer = rotator(t)
  await t.storage.unit('write', (unit) =>
    administration.retryRotation(t.service.administer(unit, cell, []), SecretId, t.clock.now()),
  )
  await t.advance(0)
  assert.deepEqual(await states(t), ['app/db scheduled'])
  await t.call('CancelRotateSecret', { SecretId })
  assert.deepEqual(await states(t), ['app/db off'])
})

test('cancel takes AWSPENDING away when it is asked to, and leaves it otherwise', async () => {
  for (const drop of [false, true]) {
    await using t = await begun()
    await t.storage.unit('write', (unit) =>
      administration.cancelRotation(t.service.administer(unit, cell, []), SecretId, drop, t.clock.now()),
    )
    assert.equal((await t.labels()).r1, drop ? undefined : 'AWSPENDING')
  }
})
