import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, arnOf, trial, unknown } from '../test/trial.ts'

test('UpdateTrail changes what is said and takes away what is empty; delivery is told', async () => {
  await using t = await trial()
  await t.make('main', { S3KeyPrefix: 'old', KmsKeyId: 'good' })
  const { S3KeyPrefix, KmsKeyId, IsMultiRegionTrail, S3BucketName } = await t.call('UpdateTrail', {
    Name: arnOf('main'),
    ...{ S3KeyPrefix: '', KmsKeyId: '', IsMultiRegionTrail: true },
  })
  assert.deepEqual(
    [S3KeyPrefix, KmsKeyId, IsMultiRegionTrail, S3BucketName],
    [undefined, undefined, true, 'the-bucket'],
  )
  assert.deepEqual(
    t.told.map(([what, { multiRegion }]) => [what, multiRegion]),
    [['updated', true]],
  )
})

test('UpdateTrail works at home only, and gives no second trail of a name to a Region', async () => {
  await using t = await trial()
  await t.make('main', { IsMultiRegionTrail: true })
  const away = { region: 'eu-west-1' }
  for (const Name of ['main', arnOf('main')])
    await t.refused('UpdateTrail', { Name }, 'InvalidHomeRegionException', /home region us-east-1/, away)
  await t.refused('UpdateTrail', { Name: 'other' }, 'TrailNotFoundException', unknown('other'))
  await t.make('two')
  await t.make('two', {}, away)
  await t.refused(
    'UpdateTrail',
    { Name: 'two', IsMultiRegionTrail: true },
    'InvalidParameterCombinationException',
    `Trail two cannot apply to all regions: there is ${arnOf('two', 'eu-west-1')}.`,
  )
  const theirs = arnOf('main').replace(ACCOUNT, '999999999999')
  await t.refused('UpdateTrail', { Name: theirs }, 'CloudTrailARNInvalidException', /Account in ARN is wrong/)
})
