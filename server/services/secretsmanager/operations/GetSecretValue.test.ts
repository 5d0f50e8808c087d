import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, token, trial } from '../test/trial.ts'

test('GetSecretValue answers the current version by name, full ARN and partial ARN', async () => {
  await using t = await trial()
  const arn = await t.made()
  const expected = {
    ARN: arn,
    Name: 'app/db',
    VersionId: token('v1'),
    SecretString: 'one',
    VersionStages: ['AWSCURRENT'],
    CreatedDate: new Date(START),
  }
  for (const SecretId of ['app/db', arn, arn.slice(0, -7)]) {
    assert.deepEqual(await t.call('GetSecretValue', { SecretId }), expected)
  }
})
