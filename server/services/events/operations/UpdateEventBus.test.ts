import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('what is left out stays as it was (API_UpdateEventBus)', async () => {
  await using one = await trial()
  const DeadLetterConfig = { Arn: 'arn:aws:sqs:us-east-1:111122223333:q' }
  await one.call('CreateEventBus', { Name: 'own', Description: 'd', DeadLetterConfig })
  const { Description, ...rest } = await one.call('UpdateEventBus', { Name: 'own', Description: 'e' })
  assert.deepEqual([Description, rest.DeadLetterConfig], ['e', DeadLetterConfig])
  // the default bus can be changed as well
  assert.equal((await one.call('UpdateEventBus', { Description: 'f' })).Description, 'f')
  await one.refused('UpdateEventBus', { Name: 'x' }, 'ResourceNotFoundException', 'Event bus x does not exist.')
  await one.refused('UpdateEventBus', { Name: 'own', KmsKeyIdentifier: 'k' }, 'ValidationException')
})
