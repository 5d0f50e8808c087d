import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, refusal, user, world } from '../test/world.ts'

const Tags = ['a', 'b', 'A'].map((TagKey) => ({ TagKey, TagValue: 'v' }))

test('UntagResource takes tags off, passes over those that are not there, and tells case apart (kms.md 10)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags })
  assert.equal(await w.ask('UntagResource', { KeyId, TagKeys: ['a', 'none'] }), undefined)
  const left = (await w.ask('ListResourceTags', { KeyId })).Tags.map(({ TagKey }: { TagKey: string }) => TagKey)
  assert.deepEqual(left, ['A', 'b'])
})

test('UntagResource: tags of aws: are reserved, and a key pending deletion stays as it is (kms.md 10, 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ Tags })
  await assert.rejects(
    w.ask('UntagResource', { KeyId, TagKeys: ['aws:x'] }),
    refusal('TagException', 'Tags beginning with aws: are reserved'),
  )
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('UntagResource', { KeyId, TagKeys: ['a'] }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})

test('UntagResource: the keys in the request are a condition (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags })
  const Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['a'] } }
  const caller = user('ann', [allow('kms:UntagResource', '*', { Condition })])
  await w.ask('UntagResource', { KeyId, TagKeys: ['a'] }, { caller })
  await assert.rejects(w.ask('UntagResource', { KeyId, TagKeys: ['a', 'b'] }, { caller }), {
    code: 'AccessDeniedException',
  })
})
