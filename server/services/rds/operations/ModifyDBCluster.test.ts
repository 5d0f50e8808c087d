import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('ModifyDBCluster has the server keep the password of a cluster; that of its members is the same', async () => {
  await using t = await trial()
  await t.register('cluster', 'pay', { engine: 'aurora-postgresql' }, 'the-first-one')
  await t.register('instance', 'pay-1', { engine: 'aurora-postgresql', cluster: 'pay' }, 'the-first-one')
  const { DBCluster } = await t.call('ModifyDBCluster', { DBClusterIdentifier: 'pay', ManageMasterUserPassword: true })
  const [secret] = t.secrets.kept.values()
  assert.match(secret?.name ?? '', /^rds!cluster-[0-9a-f-]{36}$/)
  assert.equal(secret?.tags.get('aws:rds:primaryDBClusterArn'), `arn:aws:rds:us-east-1:${ACCOUNT}:cluster:pay`)
  assert.equal(DBCluster.MasterUserSecret.SecretArn, secret?.arn)
  const member = { DBInstanceIdentifier: 'pay-1', ManageMasterUserPassword: true }
  await t.refused('ModifyDBInstance', member, 'InvalidParameterCombination', /at the DB cluster/)
  await t.refused('ModifyDBCluster', { DBClusterIdentifier: 'x' }, 'DBClusterNotFoundFault', 'DBCluster x not found.')
})
