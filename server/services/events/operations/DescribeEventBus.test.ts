import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultBus, START, trial } from '../test/trial.ts'

test('a bus is found by name and by ARN; the default one is always there (recorded)', async () => {
  await using one = await trial()
  await one.call('CreateEventBus', { Name: 'own' })
  const own = await one.call('DescribeEventBus', { Name: 'own' })
  assert.deepEqual(own, await one.call('DescribeEventBus', { Name: own.Arn }))
  assert.deepEqual([own.Name, own.CreationTime, own.LastModifiedTime], ['own', new Date(START), new Date(START)])
  const standard = await one.call('DescribeEventBus')
  assert.deepEqual([standard.Name, standard.Arn, standard.CreationTime], ['default', defaultBus, undefined])
  await one.refused('DescribeEventBus', { Name: 'x' }, 'ResourceNotFoundException', 'Event bus x does not exist.')
})
