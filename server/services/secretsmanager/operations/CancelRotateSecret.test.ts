import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ROTATOR } from '../test/functions.ts'
import { NOT_FOUND, token, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('the pending version stays and is told; a secret that never was rotated says that it is off (8.2, recorded)', async () => {
  await using t = await trial()
  const ARN = await t.made('other', { ClientRequestToken: token('o1') })
  assert.deepEqual(await t.call('CancelRotateSecret', { SecretId: 'other' }), { ARN, Name: 'other' })
  const described = await t.call('DescribeSecret', { SecretId: 'other' })
  assert.equal(described.RotationEnabled, false)
  assert.ok(!('RotationRules' in described) && !('RotationLambdaARN' in described))
  await t.made(SecretId)
  await t.call('RotateSecret', { SecretId, ClientRequestToken: token('r1'), RotationLambdaARN: ROTATOR })
  assert.equal((await t.call('CancelRotateSecret', { SecretId })).VersionId, token('r1'))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT', r1: 'AWSPENDING' })
  await t.refused('CancelRotateSecret', { SecretId: 'none' }, 'ResourceNotFoundException', NOT_FOUND)
})

test('cancelled while a test runs, nothing is left of its version', async () => {
  await using t = await trial()
  await t.made(SecretId)
  const rotation = { RotationLambdaARN: ROTATOR, RotateImmediately: false }
  await t.call('RotateSecret', { SecretId, ClientRequestToken: token('r1'), ...rotation })
  assert.ok(!('VersionId' in (await t.call('CancelRotateSecret', { SecretId }))))
  assert.deepEqual(await t.labels(), { v1: 'AWSCURRENT' })
})
