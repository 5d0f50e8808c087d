import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, type Trial, trial } from '../test/trial.ts'

const DBInstanceIdentifier = 'shop'
const modify = (t: Trial, more: object) => t.call('ModifyDBInstance', { DBInstanceIdentifier, ...more })
const refused = (t: Trial, more: object, code: string, text: RegExp) =>
  t.refused('ModifyDBInstance', { DBInstanceIdentifier, ...more }, code, text)

test('ModifyDBInstance has the server keep a password that it knows', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  const before = await t.find('instance', 'shop')
  assert.ok(before?.password && !Buffer.from(before.password).includes('the-first-one'), 'it is wrapped')
  const { DBInstance } = await modify(t, { ManageMasterUserPassword: true, MasterUserSecretKmsKeyId: 'alias/mine' })
  const [secret] = t.secrets.kept.values()
  assert.deepEqual([secret?.value, secret?.kmsKeyId], ['{"username":"chief","password":"the-first-one"}', 'alias/mine'])
  assert.equal(DBInstance.MasterUserSecret.SecretArn, secret?.arn)
  assert.equal((await t.find('instance', 'shop'))?.password, undefined)
  await modify(t, { ManageMasterUserPassword: true })
  assert.equal(t.secrets.kept.size, 1)

  await t.register('instance', 'other', {}, 'the-first-one')
  const none = { ManageMasterUserPassword: true, MasterUserSecretKmsKeyId: 'alias/none' }
  const refusal = ['KMSKeyNotAccessibleFault', 'no such key'] as const
  await t.refused('ModifyDBInstance', { DBInstanceIdentifier: 'other', ...none }, ...refusal)
})

test('ModifyDBInstance rotates at once, and only at once', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  const rotate = { RotateMasterUserPassword: true, ApplyImmediately: true }
  await refused(t, rotate, 'InvalidParameterCombination', /only if the server manages/)
  await modify(t, { ManageMasterUserPassword: true })
  await refused(
    t,
    { RotateMasterUserPassword: true },
    'InvalidParameterCombination',
    /^You must apply the change immediately/,
  )
  await modify(t, rotate)
  assert.deepEqual(t.secrets.asked, [`rotate ${[...t.secrets.kept.keys()][0]}`])
})

test('ModifyDBInstance ends the management by one more rotation, to the password that is chosen', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  await modify(t, { ManageMasterUserPassword: true })
  const off = { ManageMasterUserPassword: false, MasterUserPassword: 'chosen-by-hand' }
  t.secrets.status = 'rotating'
  await refused(t, off, 'InvalidDBInstanceState', /is being rotated/)
  t.secrets.status = 'active'
  const { DBInstance } = await modify(t, off)
  assert.equal(DBInstance.DBInstanceStatus, 'resetting-master-credentials')
  assert.deepEqual(t.secrets.asked, [`rotate ${[...t.secrets.kept.keys()][0]}`])
  const next = (await t.find('instance', 'shop'))?.nextPassword
  assert.ok(next && !Buffer.from(next).includes('chosen-by-hand'), 'it is wrapped')

  t.secrets.status = 'impaired'
  const stays = await modify(t, { ManageMasterUserPassword: true })
  assert.equal(stays.DBInstance.DBInstanceStatus, 'available')
  assert.equal((await t.find('instance', 'shop'))?.nextPassword, undefined)
})

test('ModifyDBInstance refuses what does not go together, and what it can not do', async () => {
  await using t = await trial()
  await t.register('instance', 'shop')
  const C = 'InvalidParameterCombination'
  await refused(t, { ManageMasterUserPassword: true }, C, /isn't known to this server/)
  await refused(t, { ManageMasterUserPassword: true, MasterUserPassword: 'the-first-one' }, C, /^You can't specify/)
  await refused(t, { MasterUserSecretKmsKeyId: 'k' }, C, /^MasterUserSecretKmsKeyId is valid only/)
  await refused(t, { MasterUserPassword: 'the-first-one' }, C, /is changed in the database itself/)
  await refused(t, { AllocatedStorage: 100 }, C, /^AllocatedStorage can't be changed/)
  await t.refused('ModifyDBInstance', { DBInstanceIdentifier: 'x' }, 'DBInstanceNotFound', 'DBInstance x not found.')
  await t.register('instance', 'copy', { replicaOf: 'shop' }, 'the-first-one')
  const copy = { DBInstanceIdentifier: 'copy', ManageMasterUserPassword: true }
  await t.refused('ModifyDBInstance', copy, C, /is managed at its source/)

  await t.register('instance', 'kept', {}, 'the-first-one')
  const kept = (more: object) => ({ DBInstanceIdentifier: 'kept', ...more })
  await t.call('ModifyDBInstance', kept({ ManageMasterUserPassword: true }))
  await t.refused('ModifyDBInstance', kept({ MasterUserPassword: 'x-x-x-x-x' }), C, /while the server manages/)
  await t.refused(
    'ModifyDBInstance',
    kept({ ManageMasterUserPassword: false }),
    C,
    /^You must specify MasterUserPassword/,
  )
  for (const MasterUserPassword of ['short', 'with blank', 'a/b/c/d/e', 'a"b"c"d"e', 'a@b@c@d@e', 'é'.repeat(9)]) {
    const off = kept({ ManageMasterUserPassword: false, MasterUserPassword })
    await t.refused('ModifyDBInstance', off, 'InvalidParameterValue', /not a valid password/)
  }
  for (const [size, why] of [
    [7, /because it is shorter than 8 characters\.$/],
    [129, /because it is longer than 128 characters\.$/],
  ] as const) {
    const off = kept({ ManageMasterUserPassword: false, MasterUserPassword: 'x'.repeat(size) })
    await t.refused('ModifyDBInstance', off, 'InvalidParameterValue', why)
  }
})

test('ModifyDBInstance asks for the rights on the secret besides', async () => {
  await using t = await trial()
  const db = `rds:ModifyDBInstance arn:aws:rds:us-east-1:${ACCOUNT}:db:shop`
  const secret = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:rds!*`
  assert.deepEqual(await t.targets('ModifyDBInstance', { DBInstanceIdentifier }), [db])
  assert.deepEqual(await t.targets('ModifyDBInstance', { DBInstanceIdentifier, RotateMasterUserPassword: true }), [
    db,
    `secretsmanager:RotateSecret ${secret}`,
  ])
})
