import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'

test('CreateLogGroup makes a group once, with tags that are not reserved and a key that may be used (API_CreateLogGroup)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(CreateLogGroup, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await assert.rejects(one.run(CreateLogGroup, { logGroupName: 'g' }), { code: 'ResourceAlreadyExistsException' })
  await assert.rejects(one.run(CreateLogGroup, { logGroupName: 'h', tags: { 'aws:x': '' } }), {
    code: 'InvalidParameterException',
  })
  await assert.rejects(one.run(CreateLogGroup, { logGroupName: 'h', kmsKeyId: 'alias/x' }), {
    message: `The specified KMS key does not exist or is not allowed to be used with LogGroup '${GROUP_ARN.replace(/g$/, 'h')}'`,
  })
  const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/one'
  await one.run(CreateLogGroup, { logGroupName: 'i', kmsKeyId })
  assert.equal((await one.unit(({ groups }) => groups.list(one.cell, 'i', '', 1)))[0]?.kmsKey, kmsKeyId)
})
