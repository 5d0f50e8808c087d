import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '#kernel/audit/reader'
import { ROTATION, rotationMeasures } from './rotations.ts'
import { ACCOUNT, REGION, START, trial } from './test/trial.ts'

const ARN = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db-AbCdEf`

const record = (eventName: string, second: number, eventType = 'AwsServiceEvent') =>
  ({
    record: JSON.stringify({
      ...{ eventName, eventType, awsRegion: REGION, recipientAccountId: ACCOUNT, requestID: 'Rotation-1' },
      eventTime: new Date(START + second * 1000).toISOString(),
      additionalEventData: { SecretId: ARN },
    }),
  }) as StoredRecord

test('rotations are counted from the trail: succeeded, failed, late, and how long they took (surroundings.md 2)', async () => {
  await using shop = await trial()
  let rotating = false
  const follower = rotationMeasures(shop.measures, async () => rotating)
  assert.equal(await follower.wanted(), undefined)
  rotating = true
  assert.deepEqual([...((await follower.wanted())?.sources ?? [])], ['secretsmanager.amazonaws.com'])
  const take = (...records: StoredRecord[]) =>
    shop.storage.unit('write', async (unit) => follower.take?.(unit, records))
  await take(record('RotationStarted', 0), record('RotateSecret', 0, 'AwsApiCall'), record('RotationSucceeded', 7))
  await take(record('RotationFailed', 8), record('RotationFailed', 9), record('RotationOverdue', 10))
  const sum = async (MetricName: string, Dimensions?: object[]) => {
    const { Datapoints } = await shop.call('GetMetricStatistics', {
      ...{ Namespace: ROTATION, MetricName, Dimensions, Period: 60, Statistics: ['Sum'] },
      ...{ StartTime: new Date(START), EndTime: new Date(START + 60_000) },
    })
    return Datapoints[0]?.Sum
  }
  assert.deepEqual(
    [
      await sum('RotationSucceeded'),
      await sum('RotationDuration'),
      await sum('RotationFailed'),
      await sum('OverdueRotations'),
    ],
    [1, 7, 2, 1],
  )
  assert.equal(await sum('RotationFailed', [{ Name: 'SecretId', Value: ARN }]), 2)
  // ended, and nobody saw it begin
  await take(record('RotationSucceeded', 20))
  assert.deepEqual([await sum('RotationSucceeded'), await sum('RotationDuration')], [2, 7])
})
