import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../services/iam/accounts.ts'
import { start } from '../start.ts'
import { clientsOf, refused, region } from './session.ts'
import { available, run } from './tool.ts'

/**
 * EventBridge as its users see it: rules, targets, buses and events by the unmodified SDK, the AWS CLI and boto3 against a started
 * server. Sources: surroundings.md 4.2, 4.3, 10; recorded answers.
 */

const server = await start()
const ACCOUNT = server.account
const OTHER = '444455556666'
const made = await bootstrap({
  storage: server.inside.storage,
  vault: server.inside.vault,
  random: systemRandom,
  now: server.clock.now(),
  account: OTHER,
})
assert.ok(made.accessKeyId !== undefined && made.secretAccessKey !== undefined)
const clients: { destroy(): void }[] = []
const eventsFor = (credentials: { accessKeyId: string; secretAccessKey: string }) => {
  const client = new EventBridge({ endpoint: server.url, region, credentials })
  clients.push(client)
  return client
}
const events = eventsFor(server.credentials)
const other = eventsFor({ accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() })
const { iam, ...rest } = clientsOf(server)
clients.push(rest)
after(async () => {
  for (const client of clients) client.destroy()
  await server[Symbol.asyncDispose]()
})

const FUNCTION = `arn:aws:lambda:${region}:${ACCOUNT}:function:f`
const PATTERN = JSON.stringify({ source: ['my.app'], 'detail-type': ['Done'] })
const ruleArn = (name: string) => `arn:aws:events:${region}:${ACCOUNT}:rule/${name}`
const busArn = (name: string, account = ACCOUNT) => `arn:aws:events:${region}:${account}:event-bus/${name}`

/** A user who may do just this. */
async function person(UserName: string, ...Statement: object[]): Promise<EventBridge> {
  await iam.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.putUserPolicy({ UserName, PolicyName: 'it', PolicyDocument })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  return eventsFor({ accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' })
}

test('a rule is put, shown, listed, disabled, enabled and deleted (recorded)', async () => {
  const put = await events.putRule({ Name: 'r1', EventPattern: PATTERN, Description: 'd' })
  assert.equal(put.RuleArn, ruleArn('r1'))
  const { $metadata: _, ...shown } = await events.describeRule({ Name: 'r1' })
  const rule = { Arn: ruleArn('r1'), Name: 'r1', EventPattern: PATTERN, State: 'ENABLED', EventBusName: 'default' }
  assert.deepEqual(shown, { ...rule, Description: 'd', CreatedBy: ACCOUNT })
  const { Rules } = await events.listRules({ NamePrefix: 'r1' })
  assert.deepEqual(Rules, [{ ...rule, Description: 'd' }])
  await events.disableRule({ Name: 'r1' })
  assert.equal((await events.describeRule({ Name: 'r1' })).State, 'DISABLED')
  await events.enableRule({ Name: 'r1' })
  assert.equal((await events.describeRule({ Name: 'r1' })).State, 'ENABLED')
  // what is left out of a second PutRule is gone
  await events.putRule({ Name: 'r1', ScheduleExpression: 'rate(5 minutes)' })
  const second = await events.describeRule({ Name: 'r1' })
  assert.deepEqual(
    [second.EventPattern, second.Description, second.ScheduleExpression],
    [undefined, undefined, 'rate(5 minutes)'],
  )
  await events.deleteRule({ Name: 'r1' })
  assert.deepEqual((await events.listRules({ NamePrefix: 'r1' })).Rules, [])
  // an unknown rule is gone already
  await events.deleteRule({ Name: 'r1' })
  await refused(
    events.describeRule({ Name: 'r1' }),
    'ResourceNotFoundException',
    'Rule r1 does not exist on EventBus default.',
  )
})

test('what PutRule refuses, in the words of AWS (surroundings.md 4.2; trap 22)', async () => {
  const no = (more: object, name: string, message?: string | RegExp) =>
    refused(events.putRule({ Name: 'no', ...more }), name, message)
  await no({}, 'ValidationException', 'Parameter(s) EventPattern or ScheduleExpression must be specified.')
  await no(
    { ScheduleExpression: 'rate(1 minutes)' },
    'ValidationException',
    'Parameter ScheduleExpression is not valid.',
  )
  await no(
    { ScheduleExpression: 'cron(0 1 * * * *)' },
    'ValidationException',
    'Parameter ScheduleExpression is not valid.',
  )
  await no(
    { EventPattern: '{"a": 1}' },
    'InvalidEventPatternException',
    'Event pattern is not valid. Reason: "a" must be an object or an array\n at [Source: (String)"{"a": 1}"; line: 1, column: 8]',
  )
  await no(
    { EventPattern: PATTERN, EventBusName: 'nowhere' },
    'ResourceNotFoundException',
    'Event bus nowhere does not exist.',
  )
  await no({ EventPattern: 'x'.repeat(4097) }, 'ValidationException', /less than or equal to 4096/)
  await no({ EventPattern: PATTERN, State: 'ON' }, 'ValidationException', /enum value set/)
  await no({ Name: 'a b', EventPattern: PATTERN }, 'ValidationException', /regular expression pattern: \[/)
  await no(
    { EventPattern: PATTERN, RoleArn: `arn:aws:iam::${ACCOUNT}:role/none` },
    'ValidationException',
    /cannot be assumed by principal 'events.amazonaws.com'/,
  )
  await events.createEventBus({ Name: 'own' })
  await no(
    { ScheduleExpression: 'rate(1 minute)', EventBusName: 'own' },
    'ValidationException',
    'ScheduleExpression is supported only on the default event bus.',
  )
  await events.deleteEventBus({ Name: 'own' })
})

test('targets are put, listed and removed; a rule with targets stays (surroundings.md 4.2)', async () => {
  await events.putRule({ Name: 'r2', EventPattern: PATTERN })
  const { $metadata: _, ...done } = await events.putTargets({
    Rule: 'r2',
    Targets: [
      { Id: 'b', Arn: FUNCTION, Input: '{"a" : 1}', RetryPolicy: { MaximumRetryAttempts: 3 } },
      {
        Id: 'a',
        Arn: FUNCTION,
        InputTransformer: { InputTemplate: '"<x>"', InputPathsMap: { x: '$.detail.x' } },
      },
    ],
  })
  assert.deepEqual(done, { FailedEntryCount: 0, FailedEntries: [] })
  const { Targets } = await events.listTargetsByRule({ Rule: 'r2' })
  assert.deepEqual(Targets, [
    { Id: 'a', Arn: FUNCTION, InputTransformer: { InputTemplate: '"<x>"', InputPathsMap: { x: '$.detail.x' } } },
    { Id: 'b', Arn: FUNCTION, Input: '{"a" : 1}', RetryPolicy: { MaximumRetryAttempts: 3 } },
  ])
  const page = await events.listTargetsByRule({ Rule: 'r2', Limit: 1 })
  assert.deepEqual(
    page.Targets?.map(({ Id }) => Id),
    ['a'],
  )
  const next = await events.listTargetsByRule({ Rule: 'r2', Limit: 1, NextToken: page.NextToken })
  assert.deepEqual([next.Targets?.map(({ Id }) => Id), next.NextToken], [['b'], undefined])
  assert.deepEqual((await events.listRuleNamesByTarget({ TargetArn: FUNCTION })).RuleNames, ['r2'])
  await refused(events.deleteRule({ Name: 'r2' }), 'ValidationException', "Rule can't be deleted since it has targets.")
  const removed = await events.removeTargets({ Rule: 'r2', Ids: ['a', 'b', 'c'] })
  assert.equal(removed.FailedEntryCount, 1)
  assert.deepEqual(
    removed.FailedEntries?.map(({ TargetId, ErrorCode }) => [TargetId, ErrorCode]),
    [['c', 'ResourceNotFoundException']],
  )
  await events.deleteRule({ Name: 'r2' })
})

test('what PutTargets refuses, in the words of AWS (surroundings.md 4.2)', async () => {
  await events.putRule({ Name: 'r3', EventPattern: PATTERN })
  const no = (more: object, name: string, message: string | RegExp) =>
    refused(events.putTargets({ Rule: 'r3', Targets: [{ Id: 't', Arn: FUNCTION, ...more }] }), name, message)
  await no(
    { Input: '{' },
    'ValidationException',
    'JSON syntax error in input for target t: [Source: (String)"{"; line: 1, column: 1]',
  )
  await no(
    { Input: '{}', InputPath: '$' },
    'ValidationException',
    'Only one of Input, InputPath, or InputTransformer must be provided for target t.',
  )
  await no(
    { InputTransformer: { InputTemplate: '"<x>"' } },
    'ValidationException',
    'InputTemplate for target t contains invalid placeholder <x>.',
  )
  await no(
    { Arn: 'x' },
    'ValidationException',
    'Parameter x is not valid. Reason: Provided Arn is not in correct format.',
  )
  await no({ Arn: `arn:aws:sqs:${region}:${ACCOUNT}:q` }, 'ValidationException', /Unsupported Service: sqs/)
  await no({ RetryPolicy: { MaximumRetryAttempts: 186 } }, 'ValidationException', /less than or equal to 185/)
  await no({ RetryPolicy: { MaximumEventAgeInSeconds: 59 } }, 'ValidationException', /greater than or equal to 60/)
  const six = Array.from({ length: 6 }, (_, i) => ({ Id: `t${i}`, Arn: FUNCTION }))
  await refused(
    events.putTargets({ Rule: 'r3', Targets: six }),
    'LimitExceededException',
    'The requested resource exceeds the maximum number allowed.',
  )
  assert.deepEqual((await events.listTargetsByRule({ Rule: 'r3' })).Targets, [])
  await refused(
    events.putTargets({ Rule: 'none', Targets: [{ Id: 't', Arn: FUNCTION }] }),
    'ResourceNotFoundException',
    'Rule none does not exist on EventBus default.',
  )
  await events.deleteRule({ Name: 'r3' })
})

test('a rule that is made anew has none of the targets of its namesake', async () => {
  await events.putRule({ Name: 'r4', EventPattern: PATTERN, Tags: [{ Key: 'a', Value: '1' }] })
  const arn = ruleArn('r4')
  await events.tagResource({ ResourceARN: arn, Tags: [{ Key: 'b', Value: '2' }] })
  await events.untagResource({ ResourceARN: arn, TagKeys: ['a', 'zzz'] })
  assert.deepEqual((await events.listTagsForResource({ ResourceARN: arn })).Tags, [{ Key: 'b', Value: '2' }])
  await refused(events.tagResource({ ResourceARN: arn, Tags: [{ Key: 'aws:x', Value: '' }] }), 'ValidationException')
  await refused(events.listTagsForResource({ ResourceARN: ruleArn('none') }), 'ResourceNotFoundException')
  await events.deleteRule({ Name: 'r4' })
  await events.putRule({ Name: 'r4', EventPattern: PATTERN })
  assert.deepEqual((await events.listTagsForResource({ ResourceARN: arn })).Tags, [])
  await events.deleteRule({ Name: 'r4' })
})

test('PutEvents takes what is right and tells of the rest in its place (recorded)', async () => {
  const good = { Source: 'my.app', DetailType: 'Done', Detail: '{"a": 1}' }
  const { Entries = [], FailedEntryCount } = await events.putEvents({
    Entries: [
      good,
      { ...good, Source: undefined },
      { ...good, DetailType: undefined },
      { ...good, Detail: undefined },
      { ...good, Detail: '[1]' },
      { ...good, Detail: 'x' },
      { ...good, Source: 'aws.s3' },
      { ...good, EventBusName: 'nowhere' },
      { ...good, Detail: `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}` },
    ],
  })
  assert.equal(FailedEntryCount, 7)
  assert.deepEqual(
    Entries.map(({ EventId, ErrorCode, ErrorMessage }) => EventId?.length ?? [ErrorCode, ErrorMessage]),
    [
      36,
      ['InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.'],
      ['InvalidArgument', 'Parameter DetailType is not valid. Reason: DetailType is a required argument.'],
      ['InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.'],
      ['MalformedDetail', 'Detail is malformed.'],
      ['MalformedDetail', 'Detail is malformed.'],
      ['NotAuthorizedForSourceException', 'Not authorized for the source.'],
      // events for a bus that is not there are taken and lost
      36,
      ['MalformedDetail', 'Detail is malformed.'],
    ],
  )
  await refused(events.putEvents({ Entries: Array(11).fill(good) }), 'ValidationException', /less than or equal to 10/)
  await refused(
    events.putEvents({ Entries: Array(5).fill({ ...good, Detail: JSON.stringify({ a: 'x'.repeat(60_000) }) }) }),
    'ValidationException',
    'Total size of the entries in the request is over the limit.',
  )
})

test('TestEventPattern (recorded)', async () => {
  const event = {
    id: '1',
    source: 'my.app',
    'detail-type': 'Done',
    account: ACCOUNT,
    region,
    time: '2022-07-13T13:48:01Z',
  }
  const asked = async (more: object, EventPattern = PATTERN) =>
    (await events.testEventPattern({ EventPattern, Event: JSON.stringify({ ...event, ...more }) })).Result
  assert.equal(await asked({}), true)
  assert.equal(await asked({ source: 'else' }), false)
  assert.equal(await asked({ detail: {} }, '{"detail": {"x": [{"anything-but": "y"}]}}'), false)
  for (const Event of ['plain', '[]', '"x"', '{}', JSON.stringify({ ...event, id: undefined })])
    await refused(
      events.testEventPattern({ EventPattern: PATTERN, Event }),
      'ValidationException',
      'Parameter Event is not valid.',
    )
})

test('buses are made, listed, described, changed and deleted (recorded)', async () => {
  const created = await events.createEventBus({ Name: 'bus-1', Description: 'd', Tags: [{ Key: 'a', Value: '1' }] })
  assert.equal(created.EventBusArn, busArn('bus-1'))
  await refused(
    events.createEventBus({ Name: 'bus-1' }),
    'ResourceAlreadyExistsException',
    'Event bus bus-1 already exists.',
  )
  await refused(events.createEventBus({ Name: 'default' }), 'ResourceAlreadyExistsException')
  const { EventBuses = [] } = await events.listEventBuses({})
  assert.deepEqual(
    EventBuses.map(({ Name, Arn, CreationTime }) => [Name, Arn, CreationTime instanceof Date]),
    [
      ['bus-1', busArn('bus-1'), true],
      ['default', busArn('default'), false],
    ],
  )
  const first = await events.listEventBuses({ Limit: 1 })
  const second = await events.listEventBuses({ Limit: 1, NextToken: first.NextToken })
  assert.deepEqual([second.EventBuses?.[0]?.Name, second.NextToken], ['default', undefined])
  await refused(events.listEventBuses({ NamePrefix: 'x', NextToken: first.NextToken }), 'ValidationException')
  assert.deepEqual((await events.listEventBuses({ NamePrefix: 'bus' })).EventBuses?.length, 1)
  const updated = await events.updateEventBus({ Name: 'bus-1', Description: 'e' })
  assert.deepEqual([updated.Name, updated.Arn, updated.Description], ['bus-1', busArn('bus-1'), 'e'])
  assert.equal((await events.describeEventBus({ Name: busArn('bus-1') })).Description, 'e')
  await refused(
    events.createEventBus({ Name: 'k', KmsKeyIdentifier: 'alias/x' }),
    'ValidationException',
    /not supported/,
  )
  const { RuleArn } = await events.putRule({ Name: 'r', EventPattern: PATTERN, EventBusName: 'bus-1' })
  assert.equal(RuleArn, `arn:aws:events:${region}:${ACCOUNT}:rule/bus-1/r`)
  await refused(events.deleteEventBus({ Name: 'bus-1' }), 'ValidationException', /has rules/)
  await events.deleteRule({ Name: 'r', EventBusName: busArn('bus-1') })
  await events.deleteEventBus({ Name: 'bus-1' })
  await events.deleteEventBus({ Name: 'bus-1' })
  await refused(
    events.describeEventBus({ Name: 'bus-1' }),
    'ResourceNotFoundException',
    'Event bus bus-1 does not exist.',
  )
  await refused(events.deleteEventBus({ Name: 'default' }), 'ValidationException', 'Cannot delete event bus default.')
})

test('a bus lets another account in by its policy, and no longer when that is taken away (recorded; access.md 5)', async () => {
  const Entries = [{ Source: 'my.app', DetailType: 'Done', Detail: '{}', EventBusName: busArn('default') }]
  await refused(other.putEvents({ Entries }), 'AccessDeniedException')
  await events.putPermission({ Action: 'events:PutEvents', Principal: OTHER, StatementId: 'let-in' })
  const { Policy = '' } = await events.describeEventBus({})
  assert.deepEqual(JSON.parse(Policy), {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'let-in',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${OTHER}:root` },
        Action: 'events:PutEvents',
        Resource: busArn('default'),
      },
    ],
  })
  assert.equal((await other.putEvents({ Entries })).FailedEntryCount, 0)
  // nothing else is let in
  await refused(other.describeEventBus({ Name: busArn('default') }), 'AccessDeniedException')
  await refused(
    events.removePermission({ StatementId: 'none' }),
    'ResourceNotFoundException',
    'Statement with the provided id does not exist.',
  )
  await events.putPermission({ Action: 'events:PutEvents', Principal: '*', StatementId: 'all' })
  await events.removePermission({ StatementId: 'let-in' })
  assert.equal((await other.putEvents({ Entries })).FailedEntryCount, 0)
  await events.removePermission({ StatementId: 'all' })
  assert.equal((await events.describeEventBus({})).Policy, undefined)
  await refused(other.putEvents({ Entries }), 'AccessDeniedException')
  await refused(events.putPermission({ Policy: '{"Statement": "x"}' }), 'ValidationException')
  await refused(
    events.putPermission({ EventBusName: 'none', Action: 'events:PutEvents', Principal: '*', StatementId: 's' }),
    'ResourceNotFoundException',
    'Event bus none does not exist.',
  )
})

test('permissions name rules and buses, sources, types and targets; roles must be passed', async () => {
  const Sid = undefined
  const user = await person(
    'rules',
    { Sid, Effect: 'Allow', Action: 'events:*', Resource: [ruleArn('mine-*')], Condition: {} },
    {
      Effect: 'Allow',
      Action: 'events:PutEvents',
      Resource: busArn('default'),
      Condition: { StringEquals: { 'events:source': 'my.app', 'events:detail-type': 'Done' } },
    },
    {
      Effect: 'Deny',
      Action: 'events:PutTargets',
      Resource: '*',
      Condition: { 'ForAnyValue:ArnNotLike': { 'events:TargetArn': `${FUNCTION}*` } },
    },
    {
      Effect: 'Deny',
      Action: 'events:PutRule',
      Resource: '*',
      Condition: { 'ForAnyValue:StringEquals': { 'events:source': ['aws.kms'] } },
    },
  )
  await user.putRule({ Name: 'mine-1', EventPattern: PATTERN })
  await refused(
    user.putRule({ Name: 'yours', EventPattern: PATTERN }),
    'AccessDeniedException',
    /events:PutRule on resource/,
  )
  await refused(user.putRule({ Name: 'mine-2', EventPattern: '{"source": ["aws.kms"]}' }), 'AccessDeniedException')
  await user.putTargets({ Rule: 'mine-1', Targets: [{ Id: 't', Arn: FUNCTION }] })
  const elsewhere = `arn:aws:lambda:${region}:${ACCOUNT}:function:g`
  await refused(
    user.putTargets({
      Rule: 'mine-1',
      Targets: [
        { Id: 't', Arn: FUNCTION },
        { Id: 'u', Arn: elsewhere },
      ],
    }),
    'AccessDeniedException',
  )
  const event = (Source: string, DetailType: string) => ({ Source, DetailType, Detail: '{}' })
  assert.equal((await user.putEvents({ Entries: [event('my.app', 'Done')] })).FailedEntryCount, 0)
  await refused(
    user.putEvents({ Entries: [event('my.app', 'Done'), event('my.app', 'Else')] }),
    'AccessDeniedException',
  )
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  })
  const { Role } = await iam.createRole({ RoleName: 'bridge', AssumeRolePolicyDocument })
  const Targets = [{ Id: 't', Arn: FUNCTION, RoleArn: Role?.Arn }]
  await refused(user.putTargets({ Rule: 'mine-1', Targets }), 'AccessDeniedException', /iam:PassRole/)
  assert.equal((await events.putTargets({ Rule: 'mine-1', Targets })).FailedEntryCount, 0)
})

test('what another account has does not show', async () => {
  assert.deepEqual((await other.listRules({})).Rules, [])
  assert.deepEqual(
    (await other.listEventBuses({})).EventBuses?.map(({ Arn }) => Arn),
    [busArn('default', OTHER)],
  )
  await refused(other.listRules({ EventBusName: busArn('default') }), 'AccessDeniedException')
})

const environment = {
  ...process.env,
  AWS_ACCESS_KEY_ID: server.credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.credentials.secretAccessKey,
  AWS_ENDPOINT_URL: server.url,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_PAGER: '',
}

test('the AWS CLI puts a rule with a target and tests a pattern', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  const aws = async (...args: string[]) => {
    const { code, stdout, stderr } = await run('aws', ['events', ...args, '--output', 'json'], environment)
    assert.equal(code, 0, stderr)
    return stdout === '' ? undefined : (JSON.parse(stdout) as Record<string, unknown>)
  }
  const put = await aws('put-rule', '--name', 'cli', '--schedule-expression', 'cron(0 12 * * ? *)')
  assert.deepEqual(put, { RuleArn: ruleArn('cli') })
  await aws('put-targets', '--rule', 'cli', '--targets', `Id=1,Arn=${FUNCTION},Input='{"a":1}'`)
  const { Targets } = (await aws('list-targets-by-rule', '--rule', 'cli')) ?? {}
  assert.deepEqual(Targets, [{ Id: '1', Arn: FUNCTION, Input: '{"a":1}' }])
  await aws('remove-targets', '--rule', 'cli', '--ids', '1')
  await aws('delete-rule', '--name', 'cli')
})

test('boto3 puts events and reads its refusals', async (t) => {
  if (!(await available(t, 'python3', ['-c', 'import boto3']))) return
  const script = `
import boto3, json
events = boto3.client('events')
out = events.put_events(Entries=[{'Source': 'my.app', 'DetailType': 'Done', 'Detail': '{}'}, {'Source': 'aws.x', 'DetailType': 'D', 'Detail': '{}'}])
try:
    events.put_rule(Name='p', EventPattern='{"a": []}')
except events.exceptions.InvalidEventPatternException as error:
    text = error.response['Error']['Message']
print(json.dumps([out['FailedEntryCount'], [e.get('ErrorCode') for e in out['Entries']], text.split('\\n')[0]]))
`
  const { code, stdout, stderr } = await run('python3', ['-c', script], environment)
  assert.equal(code, 0, stderr)
  assert.deepEqual(JSON.parse(stdout), [
    1,
    [null, 'NotAuthorizedForSourceException'],
    'Event pattern is not valid. Reason: Empty arrays are not allowed',
  ])
})
