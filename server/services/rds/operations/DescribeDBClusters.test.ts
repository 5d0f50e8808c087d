import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../test/trial.ts'

test('DescribeDBClusters shows clusters, not instances of the same name', async () => {
  await using t = await trial()
  await t.register('cluster', 'pay', { engine: 'aurora-postgresql', readerHost: 'pay-ro.example.com' })
  await t.register('instance', 'pay', { engine: 'aurora-postgresql', cluster: 'pay', writer: true })
  const { DBClusters } = await t.call('DescribeDBClusters', {})
  assert.deepEqual(
    DBClusters.map(({ DBClusterArn }: { DBClusterArn: string }) => DBClusterArn),
    [`arn:aws:rds:us-east-1:${ACCOUNT}:cluster:pay`],
  )
  assert.deepEqual([DBClusters[0].Endpoint, DBClusters[0].Port], ['pay.example.com', 5432])
  assert.deepEqual(await t.targets('DescribeDBClusters', { DBClusterIdentifier: 'PAY' }), [
    `rds:DescribeDBClusters arn:aws:rds:us-east-1:${ACCOUNT}:cluster:pay`,
  ])
  await t.refused(
    'DescribeDBClusters',
    { DBClusterIdentifier: 'x' },
    'DBClusterNotFoundFault',
    'DBCluster x not found.',
  )
})
