import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { AssociateKmsKey } from './AssociateKmsKey.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'

test('AssociateKmsKey takes a key that the service may use, by name or ARN of the group (API_AssociateKmsKey)', async () => {
  await using one = await trial()
  const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/one'
  await assert.rejects(one.run(AssociateKmsKey, { logGroupName: 'g', kmsKeyId }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(AssociateKmsKey, { resourceIdentifier: `${GROUP_ARN}:*`, kmsKeyId })
  await assert.rejects(one.run(AssociateKmsKey, { kmsKeyId }), { code: 'InvalidParameterException' })
  one.keys.denied.add(`GenerateDataKey ${kmsKeyId}`)
  await assert.rejects(one.run(AssociateKmsKey, { logGroupName: 'g', kmsKeyId }), { code: 'InvalidParameterException' })
})
