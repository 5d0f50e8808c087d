import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, trial } from '../../rds/test/trial.ts'
import { DescribeClusters } from './DescribeClusters.ts'

test('DescribeClusters finds clusters by identifier and by tags, and nothing of RDS', async () => {
  await using t = await trial()
  const more = { engine: 'redshift', tags: new Map([['team', 'blue']]) }
  await t.register('redshift', 'dwh', more)
  await t.register('redshift', 'other', { engine: 'redshift' })
  await t.register('instance', 'shop')
  const call = t.request()
  await t.storage.unit('read', async (unit) => {
    const env = { databases: t.rds.databases(unit) }
    const ids = async (input: object) =>
      (await DescribeClusters.run(input, env, call)).Clusters.map(({ ClusterIdentifier }) => ClusterIdentifier)
    assert.deepEqual(await ids({}), ['dwh', 'other'])
    assert.deepEqual(await ids({ ClusterIdentifier: 'DWH' }), ['dwh'])
    assert.deepEqual(await ids({ TagKeys: ['team'], TagValues: ['blue', 'red'] }), ['dwh'])
    assert.deepEqual(await ids({ TagKeys: ['team'], TagValues: ['red'] }), [])
    await assert.rejects(ids({ ClusterIdentifier: 'shop' }), { code: 'ClusterNotFound', status: 404 })
    await assert.rejects(ids({ MaxRecords: 101 }), { code: 'InvalidParameterValue' })
    const target = await DescribeClusters.target({ ClusterIdentifier: 'dwh' }, env, call)
    assert.deepEqual(target, {
      resource: `arn:aws:redshift:us-east-1:${ACCOUNT}:cluster:dwh`,
      shown: `arn:aws:redshift:us-east-1:${ACCOUNT}:cluster:dwh`,
      tags: more.tags,
    })
  })
})
