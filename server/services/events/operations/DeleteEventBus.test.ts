import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, trial } from '../test/trial.ts'

test('a bus goes without rules only, the default one never, and one that is not there is gone already (recorded)', async () => {
  await using one = await trial()
  await one.call('CreateEventBus', { Name: 'own' })
  await one.call('PutRule', { Name: 'r', EventPattern, EventBusName: 'own' })
  await one.refused(
    'DeleteEventBus',
    { Name: 'own' },
    'ValidationException',
    "Event bus can't be deleted since it has rules.",
  )
  await one.call('DeleteRule', { Name: 'r', EventBusName: 'own' })
  assert.equal(await one.call('DeleteEventBus', { Name: 'own' }), undefined)
  await one.call('DeleteEventBus', { Name: 'own' })
  await one.refused('DescribeEventBus', { Name: 'own' }, 'ResourceNotFoundException', 'Event bus own does not exist.')
  await one.refused('DeleteEventBus', { Name: 'default' }, 'ValidationException', 'Cannot delete event bus default.')
})
