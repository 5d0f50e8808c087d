import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

const arn = (resource: string) => `arn:aws:rds:us-east-1:${ACCOUNT}:${resource}`

test('DescribeDBInstances asks for permission on the instance, or on all of them', async () => {
  await using t = await trial()
  const asks = (DBInstanceIdentifier?: string) => t.targets('DescribeDBInstances', { DBInstanceIdentifier })
  assert.deepEqual(await asks(), [`rds:DescribeDBInstances ${arn('db:*')}`])
  assert.deepEqual(await asks(''), [`rds:DescribeDBInstances ${arn('db:*')}`])
  assert.deepEqual(await asks('Shop'), [`rds:DescribeDBInstances ${arn('db:shop')}`])
  assert.deepEqual(await asks(arn('db:shop')), [`rds:DescribeDBInstances ${arn('db:shop')}`])
  assert.deepEqual(await asks('arn:aws:s3:::x'), ['rds:DescribeDBInstances arn:aws:s3:::x'])
})

test('DescribeDBInstances shows a managed password by its secret, and what becomes of it', async () => {
  await using t = await trial()
  await t.register('instance', 'shop', {}, 'the-first-one')
  await t.call('ModifyDBInstance', { DBInstanceIdentifier: 'shop', ManageMasterUserPassword: true })
  t.secrets.status = 'impaired'
  const { DBInstances } = await t.call('DescribeDBInstances', { DBInstanceIdentifier: 'shop' })
  assert.deepEqual(DBInstances[0].MasterUserSecret, {
    SecretArn: [...t.secrets.kept.keys()][0],
    SecretStatus: 'impaired',
    KmsKeyId: 'arn:aws:kms:us-east-1:111122223333:key/k',
  })
})

test('DescribeDBInstances sees its own account and region only', async () => {
  await using t = await trial()
  await t.register('instance', 'shop')
  const other = { account: '444455556666' }
  assert.deepEqual(await t.call('DescribeDBInstances', {}, other), { DBInstances: [] })
  assert.deepEqual(await t.call('DescribeDBInstances', {}, { region: 'eu-west-1' }), { DBInstances: [] })
  await assert.rejects(t.call('DescribeDBInstances', { DBInstanceIdentifier: arn('db:shop') }, other), /not found/)
})
