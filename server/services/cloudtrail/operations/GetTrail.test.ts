import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial, unknown } from '../test/trial.ts'

test('GetTrail shows a trail by name at home, by ARN from everywhere', async () => {
  await using t = await trial()
  await t.make('main', { S3KeyPrefix: 'audit' })
  const { Trail } = await t.call('GetTrail', { Name: 'main' })
  assert.deepEqual(
    [Trail.HomeRegion, Trail.S3KeyPrefix, Trail.HasCustomEventSelectors, Trail.HasInsightSelectors],
    ['us-east-1', 'audit', false, false],
  )
  const away = { region: 'eu-west-1' }
  await t.refused('GetTrail', { Name: 'main' }, 'TrailNotFoundException', unknown('main', 'eu-west-1'), away)
  assert.equal((await t.call('GetTrail', { Name: arnOf('main') }, away)).Trail.Name, 'main')
  await t.refused('GetTrail', { Name: 'arn:aws:s3:::x' }, 'CloudTrailARNInvalidException', /not a valid CloudTrail ARN/)
})
