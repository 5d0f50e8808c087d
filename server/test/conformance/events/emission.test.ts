import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from './bus.ts'

/** What reaches rules, through a started server. Sources: surroundings.md 4; traps 18 and 19. */

test('trap 19: a rule sees Secret Label Updated once for each move, as AWS says it', async () => {
  await using w = await world()
  await w.wired('labels', { source: ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] }, 'sees')
  const { ARN, VersionId } = await w.secrets.createSecret({ Name: 'app/db', SecretString: 'one' })
  await w.settle()
  const [event, ...more] = w.played.of('sees')
  assert.deepEqual(more, [])
  assert.deepEqual(event, {
    version: '0',
    id: event.id,
    'detail-type': 'Secret Label Updated',
    source: 'aws.secretsmanager',
    account: w.server.account,
    time: event.time,
    region: 'us-east-1',
    resources: [ARN],
    detail: { name: 'app/db', labelUpdated: 'AWSCURRENT', versionId: VersionId },
  })
  await w.secrets.putSecretValue({ SecretId: 'app/db', SecretString: 'two' })
  await w.settle()
  assert.deepEqual(
    w.played.of('sees').map(({ detail }) => detail.labelUpdated),
    ['AWSCURRENT', 'AWSCURRENT'],
  )
})

test('trap 18: calls that only read fire no rule that is ENABLED; one with the other state sees them', async () => {
  await using w = await world()
  const pattern = { source: ['aws.ssm'], 'detail-type': ['AWS API Call via CloudTrail'] }
  await w.wired('changes', pattern, 'changes')
  await w.wired('all', pattern, 'all', { State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' })
  await w.ssm.putParameter({ Name: 'a', Value: 'secret-text', Type: 'String' })
  await w.ssm.getParameter({ Name: 'a' })
  await w.settle()
  const names = (of: string) =>
    w.played
      .of(of)
      .map(({ detail }) => detail.eventName)
      .sort()
  assert.deepEqual(names('changes'), ['PutParameter'])
  assert.deepEqual(names('all'), ['GetParameter', 'PutParameter'])
  const [event] = w.played.of('changes')
  assert.deepEqual([event.resources, event.source], [[], 'aws.ssm'])
  assert.equal(event.detail.requestParameters.value, 'HIDDEN_DUE_TO_SECURITY_REASONS')
})

test('events of Parameter Store, of PutEvents and of another bus; what a disabled rule does not see', async () => {
  await using w = await world()
  await w.wired('changes', { source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'] }, 'changes')
  await w.wired('off', { source: ['aws.ssm'] }, 'off', { State: 'DISABLED' })
  await w.events.createEventBus({ Name: 'mine' })
  await w.wired('own', { source: ['my.app'] }, 'own', { EventBusName: 'mine' })
  const bus = `arn:aws:events:us-east-1:${w.server.account}:event-bus/mine`
  await w.rule('forward', { source: ['my.app'] }, [{ Id: 'bus', Arn: bus }])
  await w.ssm.putParameter({ Name: 'a', Value: 'x', Type: 'String' })
  const entry = { Source: 'my.app', DetailType: 'Order', Detail: '{"n": 1.0}' }
  const put = await w.events.putEvents({ Entries: [entry, { ...entry, EventBusName: 'mine' }] })
  assert.equal(put.FailedEntryCount, 0)
  await w.settle()
  assert.deepEqual(
    w.played.of('changes').map(({ detail }) => detail),
    [{ operation: 'Create', name: 'a', type: 'String' }],
  )
  assert.deepEqual(
    w.played
      .of('own')
      .map(({ id }) => id)
      .sort(),
    put.Entries?.map(({ EventId }) => EventId).sort(),
  )
  assert.deepEqual(w.played.of('off'), [])
  assert.deepEqual([await w.failed(), await w.waiting()], [[], 0])
})
