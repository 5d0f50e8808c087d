import assert from 'node:assert/strict'
import { test } from 'node:test'
import { admin, allow, OTHER_ACCOUNT, refusal, user, world } from '../test/world.ts'

const tag = (TagKey: string, TagValue: string) => ({ TagKey, TagValue })

test('TagResource adds tags, overwrites those of the same key, and tells keys apart by case (kms.md 10; 17, 1)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags: [tag('team', 'red')] })
  assert.equal(
    await w.ask('TagResource', { KeyId, Tags: [tag('team', 'blue'), tag('Team', 'x'), tag('e', '')] }),
    undefined,
  )
  assert.deepEqual((await w.ask('ListResourceTags', { KeyId })).Tags, [
    tag('Team', 'x'),
    tag('e', ''),
    tag('team', 'blue'),
  ])
})

test('TagResource: 50 tags at the most, none of aws:, none twice (kms.md 3.1, recorded)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags: Array.from({ length: 49 }, (_, i) => tag(`k${i}`, 'v')) })
  const put = (...Tags: object[]) => w.ask('TagResource', { KeyId, Tags })
  await put(tag('k49', 'v'))
  await put(tag('k0', 'w'))
  await assert.rejects(put(tag('more', 'v')), refusal('TagException', 'Too many tags'))
  await assert.rejects(put(tag('AWS:x', 'v')), refusal('TagException', 'Tags beginning with aws: are reserved'))
  await assert.rejects(put(tag('a', '1'), tag('a', '2')), refusal('TagException', 'Duplicate tag keys'))
})

test('TagResource: keys that AWS manages and keys of other accounts are denied; pending deletion is refused (kms.md 10, 11)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const { keyArn } = await w.through((keys) => keys.generateDataKey(undefined, {}))
  const denied = { code: 'AccessDeniedException' }
  await assert.rejects(w.ask('TagResource', { KeyId: keyArn, Tags: [tag('a', 'b')] }), denied)
  const stranger = admin(OTHER_ACCOUNT)
  await assert.rejects(w.ask('TagResource', { KeyId: Arn, Tags: [tag('a', 'b')] }, { caller: stranger }), denied)
  await w.ask('ScheduleKeyDeletion', { KeyId })
  await assert.rejects(
    w.ask('TagResource', { KeyId, Tags: [tag('a', 'b')] }),
    refusal('KMSInvalidStateException', `${Arn} is pending deletion.`),
  )
})

test('TagResource: tags of the request and of the key are conditions (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ Tags: [tag('team', 'red')] })
  const put = (condition: object, TagKey: string) =>
    w.ask(
      'TagResource',
      { KeyId, Tags: [tag(TagKey, 'v')] },
      { caller: user('ann', [allow('kms:TagResource', '*', { Condition: { StringEquals: condition } })]) },
    )
  await put({ 'aws:RequestTag/a': 'v', 'aws:ResourceTag/team': 'red' }, 'a')
  await assert.rejects(put({ 'aws:RequestTag/a': 'v' }, 'b'), { code: 'AccessDeniedException' })
  await assert.rejects(put({ 'aws:ResourceTag/team': 'blue' }, 'a'), { code: 'AccessDeniedException' })
})
