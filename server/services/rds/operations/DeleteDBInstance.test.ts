import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('DeleteDBInstance forgets an instance, and gives its secret up so that it can be restored', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  await t.call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', ManageMasterUserPassword: true })
  const [SecretArn] = t.secrets.kept.keys()
  const gone = { DBInstanceIdentifier: 'shop', SkipFinalSnapshot: true }
  const { DBInstance } = await t.call('DeleteDBInstance', gone)
  assert.deepEqual([DBInstance.DBInstanceStatus, DBInstance.MasterUserSecret.SecretArn], ['deleting', SecretArn])
  assert.deepEqual(t.secrets.asked, [`release ${SecretArn}`])
  await t.refused('DeleteDBInstance', gone, 'DBInstanceNotFound', 'DBInstance shop not found.')
})

test('DeleteDBInstance keeps what others depend on, and makes no snapshots', async () => {
  await using t = await trial()
  await t.register('instance', 'shop')
  await t.register('instance', 'copy', { replicaOf: 'shop' })
  await t.refused('DeleteDBInstance', { DBInstanceIdentifier: 'shop' }, 'InvalidDBInstanceState', /has read replicas/)
  const snapshot = { DBInstanceIdentifier: 'copy', FinalDBSnapshotIdentifier: 'last' }
  await t.refused('DeleteDBInstance', snapshot, 'InvalidParameterCombination', /^No snapshots/)
  await t.call('DeleteDBInstance', { DBInstanceIdentifier: 'copy' })
  await t.call('DeleteDBInstance', { DBInstanceIdentifier: 'shop' })
  assert.deepEqual(await t.call('DescribeDBInstances', {}), { DBInstances: [] })
})
