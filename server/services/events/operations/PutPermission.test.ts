import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultBus, OTHER, trial } from '../test/trial.ts'

const statements = (policy: string) => JSON.parse(policy).Statement as { Sid: string; Principal: unknown }[]

test('statements are added by their ids, or a whole policy takes their place (recorded)', async () => {
  await using one = await trial()
  const put = (StatementId: string, Principal: string, more: object = {}) =>
    one.call('PutPermission', { Action: 'events:PutEvents', StatementId, Principal, ...more })
  const policy = async () => statements((await one.call('DescribeEventBus')).Policy)
  await put('a', OTHER)
  await put('b', '*', { Condition: { Type: 'StringEquals', Key: 'aws:PrincipalOrgID', Value: 'o-1' } })
  await put('a', '*')
  assert.deepEqual(await policy(), [
    {
      Sid: 'b',
      Effect: 'Allow',
      Principal: '*',
      Action: 'events:PutEvents',
      Resource: defaultBus,
      Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } },
    },
    { Sid: 'a', Effect: 'Allow', Principal: '*', Action: 'events:PutEvents', Resource: defaultBus },
  ])
  const Statement = [
    {
      Sid: 'c',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'events:PutEvents',
      Resource: defaultBus,
    },
  ]
  await one.call('PutPermission', { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) })
  assert.deepEqual(await policy(), Statement)
})

test('refusals', async () => {
  await using one = await trial()
  const good = { Action: 'events:PutEvents', StatementId: 's', Principal: '*' }
  const no = (input: object, code: string, text?: RegExp) => one.refused('PutPermission', { ...input }, code, text)
  await no({ ...good, EventBusName: 'x' }, 'ResourceNotFoundException', /Event bus x does not exist/)
  await no({ ...good, Action: 'events:PutRule' }, 'ValidationException', /parameter 'action' is not supported/)
  await no({ ...good, Principal: undefined }, 'ValidationException')
  await no({ ...good, Condition: { Type: 'StringLike', Key: 'x', Value: 'y' } }, 'ValidationException')
  await no({ ...good, Policy: '{}' }, 'ValidationException')
  await no({ Policy: 'x' }, 'ValidationException')
  await no(
    { Policy: `{"Version":"2012-10-17","Statement":[],"Id":"${'x'.repeat(10_241)}"}` },
    'PolicyLengthExceededException',
  )
})
