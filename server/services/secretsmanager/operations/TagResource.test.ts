import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decide } from '#kernel/authorization/authorize'
import { compile } from '#kernel/authorization/policy'
import type { SecretTarget } from '../target.ts'
import { NOT_FOUND, START, trial } from '../test/trial.ts'

const SecretId = 'app/db'
const tagged = (...pairs: string[]) => ({
  SecretId,
  Tags: pairs.map((pair) => ({ Key: pair.split('=')[0], Value: pair.split('=')[1] })),
})

test('trap 6: TagResource and UntagResource answer nothing at all', async () => {
  await using t = await trial()
  await t.made()
  assert.equal(await t.call('TagResource', tagged('a=1')), undefined)
  assert.equal(await t.call('UntagResource', { SecretId, TagKeys: ['a'] }), undefined)
})

test('TagResource sets by key in order of insertion and moves LastChangedDate; UntagResource does not (recorded)', async () => {
  await using t = await trial()
  await t.made()
  const shown = () => t.call('DescribeSecret', { SecretId })
  t.clock.set(START + 1)
  await t.call('TagResource', tagged('b=1', 'a=1'))
  await t.call('TagResource', tagged('c=1', 'b=2', 'B='))
  assert.deepEqual((await shown()).Tags, [
    { Key: 'b', Value: '2' },
    { Key: 'a', Value: '1' },
    { Key: 'c', Value: '1' },
    { Key: 'B', Value: '' },
  ])
  assert.deepEqual((await shown()).LastChangedDate, new Date(START + 1))
  t.clock.set(START + 2)
  await t.call('UntagResource', { SecretId, TagKeys: ['b', 'nothing', 'a'] })
  assert.deepEqual((await shown()).LastChangedDate, new Date(START + 1))
  await t.call('UntagResource', { SecretId, TagKeys: ['c', 'B'] })
  assert.deepEqual((await shown()).Tags, [], 'trap 32: empty, not absent')
})

test('TagResource refuses reserved and repeated keys and the 51st tag', async () => {
  await using t = await trial()
  await t.refused('TagResource', { ...tagged('aws:a=1'), SecretId: 'nobody' }, 'InvalidParameterException')
  await t.refused('TagResource', { ...tagged('a=1'), SecretId: 'nobody' }, 'ResourceNotFoundException', NOT_FOUND)
  await t.made()
  await t.refused('TagResource', tagged('a=1', 'a=2'), 'InvalidParameterException')
  await t.call('TagResource', tagged(...Array.from({ length: 50 }, (_, n) => `k${n}=v`)))
  await t.call('TagResource', tagged('k7=w'))
  await t.refused('TagResource', tagged('one-more=v'), 'InvalidParameterException')
})

test('a change of tags is asked about twice: as the tags are, and as they would be', async () => {
  await using t = await trial()
  await t.made(SecretId, { Tags: [{ Key: 'team', Value: 'red' }] })
  const tags = async (operation: string, input: Record<string, unknown>) =>
    (await t.targets(operation, input)).map((target) => [...(target.tags ?? [])].join(' '))
  assert.deepEqual(await tags('TagResource', tagged('team=blue')), ['team,red', 'team,blue'])
  assert.deepEqual(await tags('UntagResource', { SecretId, TagKeys: ['team'] }), ['team,red', ''])
  const [target] = await t.targets('TagResource', tagged('team=blue'))
  assert.deepEqual([...(target?.requestTags ?? [])], [['team', 'blue']])
  const [untag, after] = await t.targets('UntagResource', { SecretId, TagKeys: ['team'] })
  assert.deepEqual(untag?.tagKeys, ['team'])
  const text = 'This resource policy will not allow you to manage this secret in the future.'
  const no = { allowed: false, explicit: false, by: 'identity' } as const
  const action = 'secretsmanager:UntagResource'
  assert.ok(untag && after)
  assert.equal(t.service.denied?.(no, t.request(), action, after).message, text)
  assert.equal(
    t.service.denied?.(no, t.request(), action, untag).message,
    `User: arn:aws:iam::111122223333:root is not authorized to perform: ${action} on resource: app/db because no identity-based policy allows the ${action} action`,
  )
})

test('who may write by a tag can change other tags, not the one by which he may (recorded, secretsmanager.md 7.2)', async () => {
  await using t = await trial()
  await t.made(SecretId, { Tags: [{ Key: 'team', Value: 'red' }] })
  const policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: 'secretsmanager:*',
      Resource: '*',
      Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } },
    },
  }
  const arn = 'arn:aws:iam::111122223333:user/anna'
  const caller = {
    ...t.caller,
    kind: 'user',
    arn,
    principalArn: arn,
    policies: [compile(JSON.stringify(policy))],
  } as const
  const refusedBy = async (operation: string, input: Record<string, unknown>) => {
    for (const target of await t.targets(operation, input)) {
      const decision = decide(t.request({ caller }), 'secretsmanager', `secretsmanager:${operation}`, target)
      if (!decision.allowed) return (target as SecretTarget).guards ? 'guard' : 'policy'
    }
    return 'nobody'
  }
  assert.equal(await refusedBy('TagResource', tagged('color=blue')), 'nobody')
  assert.equal(await refusedBy('TagResource', tagged('team=red')), 'nobody')
  assert.equal(await refusedBy('TagResource', tagged('team=blue')), 'guard')
  assert.equal(await refusedBy('UntagResource', { SecretId, TagKeys: ['color'] }), 'nobody')
  assert.equal(await refusedBy('UntagResource', { SecretId, TagKeys: ['team'] }), 'guard')
  await t.call('TagResource', tagged('team=blue'))
  assert.equal(await refusedBy('UntagResource', { SecretId, TagKeys: ['color'] }), 'policy')
})

test('who names the function that checks a rotation must be allowed to invoke it, in TagResource and in CreateSecret', async () => {
  await using t = await trial()
  await t.made()
  const check = 'arn:aws:lambda:us-east-1:111122223333:function:canary'
  const named = tagged(`strongroom:rotation-check=${check}`)
  const denied = /^Secrets Manager cannot invoke the specified Lambda function\./
  await t.refused('TagResource', named, 'AccessDeniedException', denied)
  await t.refused('CreateSecret', { Name: 'other', Tags: named.Tags }, 'AccessDeniedException', denied)
  assert.equal((await t.call('DescribeSecret', { SecretId })).Tags, undefined)
  t.functions.allowed.add(check)
  await t.call('TagResource', named)
  await t.call('CreateSecret', { Name: 'other', Tags: named.Tags })
  // Whoever changes other tags afterwards needs no permission on the function.
  t.functions.allowed.delete(check)
  await t.call('TagResource', tagged('a=1'))
})
