import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, document, to } from '../test/callers.ts'
import { MARKED, NOT_FOUND, START, trial } from '../test/trial.ts'

const SecretId = 'app/db'

test('the policy is gone, LastChangedDate moves; without one it succeeds and nothing changes', async () => {
  await using t = await trial()
  const arn = await t.made()
  const changed = async () => (await t.call('DescribeSecret', { SecretId })).LastChangedDate.getTime() - START
  await t.advance(1000)
  assert.deepEqual(await t.call('DeleteResourcePolicy', { SecretId }), { ARN: arn, Name: SecretId })
  assert.equal(await changed(), 0)
  await t.call('PutResourcePolicy', { SecretId, ResourcePolicy: document(allow('*', to('*'))) })
  await t.advance(1000)
  assert.deepEqual(await t.call('DeleteResourcePolicy', { SecretId }), { ARN: arn, Name: SecretId })
  assert.equal(await changed(), 2000)
  assert.deepEqual(await t.call('GetResourcePolicy', { SecretId }), { ARN: arn, Name: SecretId })
})

test('it refuses a secret that is not there or scheduled for deletion', async () => {
  await using t = await trial()
  await t.refused('DeleteResourcePolicy', { SecretId }, 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  await t.call('DeleteSecret', { SecretId })
  await t.refused('DeleteResourcePolicy', { SecretId }, 'InvalidRequestException', MARKED)
})
