import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, defaultBus, trial } from '../test/trial.ts'

test('a bus is made once, within the limit, and only as it can be here (recorded)', async () => {
  await using one = await trial({ buses: 2 })
  const { EventBusArn, Description } = await one.call('CreateEventBus', { Name: 'own', Description: 'd' })
  assert.deepEqual([EventBusArn, Description], [`arn:aws:events:us-east-1:${ACCOUNT}:event-bus/own`, 'd'])
  await one.refused(
    'CreateEventBus',
    { Name: 'own' },
    'ResourceAlreadyExistsException',
    'Event bus own already exists.',
  )
  await one.refused(
    'CreateEventBus',
    { Name: 'default' },
    'ResourceAlreadyExistsException',
    'Event bus default already exists.',
  )
  await one.refused('CreateEventBus', { Name: 'third' }, 'LimitExceededException')
  for (const more of [
    { KmsKeyIdentifier: 'x' },
    { LogConfig: { Level: 'INFO' } },
    { EventSourceName: 'aws.partner/a/b' },
  ])
    await one.refused(
      'CreateEventBus',
      { Name: 'x', ...more },
      'ValidationException',
      /is not supported by this server/,
    )
  await one.refused('CreateEventBus', { Name: 'a/b' }, 'ValidationException', /must not contain/)
  assert.equal((await one.call('DescribeEventBus', {})).Arn, defaultBus)
})
