import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, token, trial } from '../test/trial.ts'

test('DescribeSecret shows what there is, and the labels of labelled versions only', async () => {
  await using t = await trial()
  const ARN = await t.made('app/db', { Description: 'd', KmsKeyId: 'alias/mine', Tags: [{ Key: 'a', Value: 'b' }] })
  await t.put('v2')
  await t.put('v3')
  assert.deepEqual(await t.call('DescribeSecret', { SecretId: ARN }), {
    ARN,
    Name: 'app/db',
    Description: 'd',
    KmsKeyId: 'alias/mine',
    CreatedDate: new Date(START),
    LastChangedDate: new Date(START),
    Tags: [{ Key: 'a', Value: 'b' }],
    VersionIdsToStages: { [token('v2')]: ['AWSPREVIOUS'], [token('v3')]: ['AWSCURRENT'] },
  })
})

test('trap 37: DescribeSecret says VersionIdsToStages, ListSecrets says SecretVersionsToStages', async () => {
  await using t = await trial()
  await t.made()
  const described = await t.call('DescribeSecret', { SecretId: 'app/db' })
  const [listed] = (await t.call('ListSecrets', {})).SecretList
  assert.ok(!('SecretVersionsToStages' in described))
  const { VersionIdsToStages, ...shared } = described
  assert.deepEqual(listed, { ...shared, SecretVersionsToStages: VersionIdsToStages })
})
