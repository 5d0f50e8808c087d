import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, allow, defaultBus, OTHER, REGION, root, START, trial, user } from '../test/trial.ts'

const good = { Source: 'my.app', DetailType: 'Done', Detail: '{"a" : 1}' }

test('an event goes to its bus as it was sent, with who sent it and when', async () => {
  await using one = await trial()
  await one.call('CreateEventBus', { Name: 'own' })
  const Time = new Date(START - 5000)
  const { Entries } = await one.call('PutEvents', {
    Entries: [good, { ...good, EventBusName: 'own', Time, Resources: ['x'] }],
  })
  const sender = { source: 'my.app', detailType: 'Done', detail: '{"a" : 1}', account: ACCOUNT, region: REGION }
  assert.deepEqual(one.engine.events, [
    {
      bus: { account: ACCOUNT, region: REGION, name: 'default' },
      event: { ...sender, id: Entries[0].EventId, time: START, resources: [] },
    },
    {
      bus: { account: ACCOUNT, region: REGION, name: 'own' },
      event: { ...sender, id: Entries[1].EventId, time: START - 5000, resources: ['x'] },
    },
  ])
})

test('what is wrong is told in its place, and goes nowhere (recorded)', async () => {
  await using one = await trial()
  const { Entries, FailedEntryCount } = await one.call('PutEvents', {
    Entries: [
      { ...good, Detail: 'x' },
      { ...good, Source: 'aws.kms' },
      { ...good, EventBusName: 'nowhere' },
      { ...good, EventBusName: `arn:aws:events:eu-west-1:${ACCOUNT}:event-bus/default` },
      {},
    ],
  })
  assert.equal(FailedEntryCount, 4)
  assert.deepEqual(
    Entries.map(({ ErrorCode }: { ErrorCode?: string }) => ErrorCode),
    ['MalformedDetail', 'NotAuthorizedForSourceException', undefined, 'InvalidArgument', 'InvalidArgument'],
  )
  assert.deepEqual(one.engine.events, [])
})

test('256 KiB of entries are taken, and not a byte more (surroundings.md 4.2)', async () => {
  await using one = await trial()
  const sized = (bytes: number) => ({ Source: 's', DetailType: 'd', Detail: `{"a":"${'x'.repeat(bytes - 10)}"}` })
  await one.call('PutEvents', { Entries: [sized(262_144)] })
  const text = 'Total size of the entries in the request is over the limit.'
  await one.refused('PutEvents', { Entries: [sized(262_145)] }, 'ValidationException', text)
  await one.refused('PutEvents', { Entries: [{ ...sized(262_144), Resources: ['r'] }] }, 'ValidationException', text)
  await one.refused('PutEvents', { Entries: [good], EndpointId: 'abc.def' }, 'ValidationException', /not supported/)
})

test('permission is asked for each source and type; another account needs the policy of the bus', async () => {
  await using one = await trial()
  const caller = user('u', allow('events:PutEvents', defaultBus, { StringEquals: { 'events:source': 'my.app' } }))
  await one.call('PutEvents', { Entries: [good, { ...good, DetailType: 'Else' }] }, { caller })
  await one.refused('PutEvents', { Entries: [good, { ...good, Source: 'x' }] }, 'AccessDeniedException', undefined, {
    caller,
  })
  await one.refused('PutEvents', { Entries: [{ ...good, Source: undefined }] }, 'AccessDeniedException', undefined, {
    caller,
  })
  const Entries = [{ ...good, EventBusName: defaultBus }]
  const stranger = { caller: root(OTHER) }
  await one.refused('PutEvents', { Entries }, 'AccessDeniedException', undefined, stranger)
  await one.call('PutPermission', { Action: 'events:PutEvents', Principal: OTHER, StatementId: 's' })
  await one.call('PutEvents', { Entries }, stranger)
  const last = one.engine.events.at(-1)
  assert.deepEqual([last?.bus.account, last?.event.account], [ACCOUNT, OTHER])
  await one.refused(
    'PutEvents',
    { Entries: [{ ...good, EventBusName: defaultBus.replace('default', 'x') }] },
    'AccessDeniedException',
    undefined,
    stranger,
  )
})
