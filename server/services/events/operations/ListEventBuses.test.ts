import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('buses are listed by name with the default one in its place, also when it has a row of its own', async () => {
  await using one = await trial()
  for (const Name of ['z', 'a', 'e']) await one.call('CreateEventBus', { Name })
  const all = async (Limit: number, more: object = {}): Promise<string[]> => {
    const { EventBuses, NextToken } = await one.call('ListEventBuses', { Limit, ...more })
    const names = (EventBuses as { Name: string }[]).map(({ Name }) => Name)
    return NextToken === undefined ? names : [...names, ...(await all(Limit, { ...more, NextToken }))]
  }
  for (const limit of [1, 2, 3, 4, 100]) assert.deepEqual(await all(limit), ['a', 'default', 'e', 'z'])
  await one.call('UpdateEventBus', { Description: 'd' })
  for (const limit of [1, 2, 100]) assert.deepEqual(await all(limit), ['a', 'default', 'e', 'z'])
  assert.deepEqual(await all(1, { NamePrefix: 'd' }), ['default'])
  assert.deepEqual(await all(1, { NamePrefix: 'x' }), [])
})
