import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { DisassociateKmsKey } from './DisassociateKmsKey.ts'

test('DisassociateKmsKey takes the key off (API_DisassociateKmsKey)', async () => {
  await using one = await trial()
  const kmsKeyId = 'arn:aws:kms:us-east-1:111122223333:key/one'
  await assert.rejects(one.run(DisassociateKmsKey, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g', kmsKeyId })
  await one.run(DisassociateKmsKey, { logGroupName: 'g' })
  const [group] = await one.unit(({ groups }) => groups.list(one.cell, 'g', '', 1))
  assert.deepEqual([group?.kmsKey, group?.keyNumber], [undefined, 0])
})
