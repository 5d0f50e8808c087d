import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, EventPattern, OTHER, ROLE, root, ruleArn, START, trial, user } from '../test/trial.ts'

test('a rule stands as it was put last; targets, tags, its maker and its first moment stay (API_PutRule)', async () => {
  await using one = await trial()
  const input = { Name: 'r', EventPattern, Description: 'd', Tags: [{ Key: 'a', Value: '1' }] }
  assert.deepEqual(await one.call('PutRule', input), { RuleArn: ruleArn('r') })
  one.clock.set(START + 1000)
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)', Tags: [{ Key: 'b', Value: '2' }] })
  const shown = await one.call('DescribeRule', { Name: 'r' })
  assert.deepEqual(
    [shown.EventPattern, shown.Description, shown.ScheduleExpression, shown.State, shown.CreatedBy],
    [undefined, undefined, 'rate(1 minute)', 'ENABLED', ACCOUNT],
  )
  const { Tags } = await one.call('ListTagsForResource', { ResourceARN: ruleArn('r') })
  assert.deepEqual(Tags, [{ Key: 'a', Value: '1' }])
})

test('whoever fires schedules is told when one comes, changes or goes', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)' })
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' })
  await one.call('PutRule', { Name: 'r', EventPattern })
  assert.deepEqual(one.engine.told, ['r rate(1 minute) ENABLED 0', 'r rate(1 minute) DISABLED 0', 'r none ENABLED 0'])
})

test('a rate counts from when the schedule was set, not from when the rule was put again', async () => {
  await using one = await trial()
  const standing = () =>
    one.storage.unit('read', (unit) =>
      one.bridge.shelf(unit).rules.find({ account: ACCOUNT, region: 'us-east-1', name: 'default' }, 'r'),
    )
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 hour)' })
  one.clock.set(START + 1000)
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(1 hour)', Description: 'x' })
  assert.equal((await standing())?.scheduledAt, START)
  await one.call('PutRule', { Name: 'r', ScheduleExpression: 'rate(2 hours)' })
  assert.equal((await standing())?.scheduledAt, START + 1000)
})

test('refusals, in the words of AWS (surroundings.md 4.2)', async () => {
  await using one = await trial({ rules: 1 })
  const no = (input: object, code: string, text: string | RegExp) =>
    one.refused('PutRule', { Name: 'r', ...input }, code, text)
  await no({}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.')
  await no({ EventPattern: '', ScheduleExpression: '' }, 'ValidationException', /must be specified/)
  await no(
    { ScheduleExpression: 'rate(1 minutes)' },
    'ValidationException',
    'Parameter ScheduleExpression is not valid.',
  )
  await no({ EventPattern, EventBusName: 'x' }, 'ResourceNotFoundException', 'Event bus x does not exist.')
  await no(
    { ScheduleExpression: 'rate(1 minute)', EventBusName: 'x' },
    'ValidationException',
    'ScheduleExpression is supported only on the default event bus.',
  )
  await no({ EventPattern: '{' }, 'InvalidEventPatternException', /^Event pattern is not valid\. Reason: /)
  await no(
    { EventPattern, RoleArn: ROLE.replace('bridge', 'closed') },
    'ValidationException',
    /cannot be assumed by principal/,
  )
  await one.call('PutRule', { Name: 'r', EventPattern })
  await one.call('PutRule', { Name: 'r', EventPattern })
  await one.refused(
    'PutRule',
    { Name: 's', EventPattern },
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  )
})

test('conditions see the sources and types of a pattern, and nothing when it can be others too', async () => {
  await using one = await trial()
  const only = allow('events:PutRule', '*', {
    'ForAllValues:StringEquals': { 'events:source': 'my.app' },
    Null: { 'events:source': 'false' },
  })
  const caller = user('u', only)
  await one.call('PutRule', { Name: 'r', EventPattern }, { caller })
  for (const pattern of [
    '{"source": ["my.app", "x"]}',
    '{"source": [{"prefix": "my"}]}',
    '{"detail": {"a": [1]}}',
    '{',
  ])
    await one.refused('PutRule', { Name: 'r', EventPattern: pattern }, 'AccessDeniedException', undefined, { caller })
})

test('a role must be passed; the bus of another account lets in by its policy only', async () => {
  await using one = await trial()
  const caller = user('u', allow('events:PutRule'))
  await one.refused('PutRule', { Name: 'r', EventPattern, RoleArn: ROLE }, 'AccessDeniedException', /iam:PassRole/, {
    caller,
  })
  const passes = user(
    'v',
    allow('events:PutRule'),
    allow('iam:PassRole', ROLE, { StringEquals: { 'iam:PassedToService': 'events.amazonaws.com' } }),
  )
  await one.call('PutRule', { Name: 'r', EventPattern, RoleArn: ROLE }, { caller: passes })
  const input = { Name: 'r', EventPattern, EventBusName: `arn:aws:events:us-east-1:${ACCOUNT}:event-bus/default` }
  await one.refused('PutRule', input, 'AccessDeniedException', undefined, { caller: root(OTHER) })
})
