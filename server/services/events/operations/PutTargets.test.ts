import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allow, EventPattern, FUNCTION, ROLE, trial, user } from '../test/trial.ts'

test('targets are added, and one of the same id takes the place of the other (API_PutTargets)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const put = (...Targets: object[]) => one.call('PutTargets', { Rule: 'r', Targets })
  assert.deepEqual(await put({ Id: 'a', Arn: FUNCTION, Input: ' "x" ' }, { Id: 'b', Arn: FUNCTION }), {
    FailedEntryCount: 0,
    FailedEntries: [],
  })
  await put({ Id: 'b', Arn: FUNCTION, InputPath: '$.detail' })
  assert.deepEqual((await one.call('ListTargetsByRule', { Rule: 'r' })).Targets, [
    { Id: 'a', Arn: FUNCTION, Input: ' "x" ' },
    { Id: 'b', Arn: FUNCTION, InputPath: '$.detail' },
  ])
})

test('five targets have room on a rule, and a refused request adds none (surroundings.md 4.2)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const targets = (...ids: number[]) => ids.map((id) => ({ Id: `t${id}`, Arn: FUNCTION }))
  await one.call('PutTargets', { Rule: 'r', Targets: targets(1, 2, 3, 4, 5) })
  await one.call('PutTargets', { Rule: 'r', Targets: targets(5) })
  await one.refused(
    'PutTargets',
    { Rule: 'r', Targets: targets(6) },
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  )
})

test('where events cannot be sent to is refused, and roles that are not for EventBridge', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const no = (target: object, text: string | RegExp) =>
    one.refused(
      'PutTargets',
      { Rule: 'r', Targets: [{ Id: 't', Arn: FUNCTION, ...target }] },
      'ValidationException',
      text,
    )
  await no({ Arn: 'f' }, 'Parameter f is not valid. Reason: Provided Arn is not in correct format.')
  for (const arn of [
    'sqs:us-east-1:111122223333:q',
    'lambda:us-east-1:111122223333:layer:x',
    'events:us-east-1:111122223333:rule/x',
  ])
    await no({ Arn: `arn:aws:${arn}` }, /Unsupported Service/)
  await no({ Arn: 'arn:aws:events:us-east-1:111122223333:api-destination/hook/1' }, /^RoleArn is required for target/)
  await no({ DeadLetterConfig: { Arn: 'x' } }, /Provided Arn is not in correct format/)
  await no({ RoleArn: ROLE.replace('bridge', 'closed') }, /cannot be assumed/)
  await no({ RoleArn: ROLE.replace('bridge', 'none') }, /cannot be assumed/)
})

test('conditions see the ARNs of targets, and each role must be passed', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const caller = user(
    'u',
    allow('events:PutTargets', '*', { 'ForAllValues:ArnEquals': { 'events:TargetArn': FUNCTION } }),
  )
  const input = (more: object) => ({ Rule: 'r', Targets: [{ Id: 't', Arn: FUNCTION, ...more }] })
  await one.call('PutTargets', input({}), { caller })
  await one.refused('PutTargets', input({ Arn: `${FUNCTION}2` }), 'AccessDeniedException', undefined, { caller })
  await one.refused('PutTargets', input({ RoleArn: ROLE }), 'AccessDeniedException', /iam:PassRole/, { caller })
})

test('who may not write into a log group makes it no target, or he would put lines there by a rule of his', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  const group = (name: string) => `arn:aws:logs:us-east-1:111122223333:log-group:${name}`
  const put = (Arn: string, ...more: object[]) => ({
    input: { Rule: 'r', Targets: [{ Id: 't', Arn }] },
    more: { caller: user('eve', allow('events:*'), ...more) },
  })
  const denied = put(group('aws-cloudtrail-logs'))
  await one.refused(
    'PutTargets',
    denied.input,
    'AccessDeniedException',
    /logs:PutLogEvents on .*aws-cloudtrail-logs/,
    denied.more,
  )
  const other = put(group('b'), allow('logs:PutLogEvents', `${group('a')}:*`))
  await one.refused('PutTargets', other.input, 'AccessDeniedException', /log-group:b/, other.more)
  for (const good of [put(group('/aws/events/mine')), put(group('a'), allow('logs:PutLogEvents', `${group('a')}:*`))])
    await one.call('PutTargets', good.input, good.more)
})
