import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { postgresMissing } from '../test/postgres.ts'
import { returns } from './index.ts'
import { postgres } from './postgres.ts'
import { singleUser } from './single-user.ts'
import { FakeSecrets, run } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

/** The steps that AWS does not have: a check of one's own, and the old password set again. */

const skip = postgresMissing() ?? false
const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/db-AbCdEf'
const rotate = singleUser(postgres)
const event = { SecretId: ARN, ClientRequestToken: 'v2' }
let rig: Rig
before(async () => {
  if (!skip) rig = await startRig()
})
after(async () => {
  if (!skip) await rig[Symbol.asyncDispose]()
})

let users = 0
async function setUp(more: object = {}): Promise<{ secrets: FakeSecrets; user: string }> {
  const user = `back${++users}`
  await rig.sql(`CREATE ROLE ${user} LOGIN PASSWORD 'first password'`)
  const json = { engine: 'postgres', host: '127.0.0.1', username: user, password: 'first password', port: rig.port }
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', JSON.stringify({ ...json, ...more }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { secrets, user }
}

test('the current password is set again while the pending one is valid, and then is left alone', { skip }, async () => {
  const { secrets, user } = await setUp()
  await run(rotate, secrets, event, ['createSecret', 'setSecret'])
  const pending = secrets.json(ARN, 'AWSPENDING').password
  assert.deepEqual([await rig.accepts(user, pending), await rig.accepts(user, 'first password')], [true, false])
  for (const line of [/set the current password again/, /is valid .* nothing is set/]) {
    const lines = await run(rotate, secrets, event, ['returnSecret'])
    assert.match(lines.join(' '), line)
    assert.ok(!lines.join().includes(pending))
    assert.deepEqual([await rig.accepts(user, pending), await rig.accepts(user, 'first password')], [false, true])
  }
  assert.deepEqual(secrets.stages(ARN), { v1: ['AWSCURRENT'], v2: ['AWSPENDING'] })
  // the same token goes on with the same password
  await run(rotate, secrets, event)
  assert.deepEqual([secrets.json(ARN, 'AWSCURRENT').password, await rig.accepts(user, pending)], [pending, true])
})

test('when neither password is valid nothing is done, and it is said', { skip }, async () => {
  const { secrets, user } = await setUp()
  await run(rotate, secrets, event, ['createSecret', 'setSecret'])
  await rig.sql(`ALTER ROLE ${user} PASSWORD 'by hand'`)
  await assert.rejects(
    run(rotate, secrets, event, ['returnSecret']),
    fault(`Unable to log into database with current or pending secret of secret arn ${ARN}`, 'ValueError'),
  )
  assert.equal(await rig.accepts(user, 'by hand'), true)
})

test('rotationCheck: one statement that reads must succeed with the new password', { skip }, async () => {
  for (const [rotationCheck, wrong] of [
    ['select 1', undefined],
    ['select * from nowhere', /42P01/],
    ['select 1; commit; create table made_by_check ()', /42601/],
    ["select pg_notify('x', ''); drop role x", /42601/],
    ['with made as (insert into pg_catalog.pg_class select) select 1', /rotationCheck/],
    ['drop table x', /must be a statement that reads/],
  ] as const) {
    const { secrets } = await setUp({ rotationCheck })
    const tested = run(rotate, secrets, event, ['createSecret', 'setSecret', 'testSecret'])
    if (wrong === undefined) await tested
    else await assert.rejects(tested, wrong)
  }
  const { rows } = await rig.sql("select 1 from pg_class where relname = 'made_by_check'")
  assert.deepEqual(rows, [])
})

test('functions of a single user can set the password again; those of two users need not, and others do not know how', () => {
  const known = ['SecretsManagerRDSPostgreSQLRotationSingleUser', 'SecretsManagerRDSPostgreSQLRotationMultiUser', 'x']
  assert.deepEqual(known.map(returns), [true, false, false])
})
