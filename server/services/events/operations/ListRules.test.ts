import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, trial } from '../test/trial.ts'

test('rules are listed by name and prefix, in pages whose tokens are good for the same question only', async () => {
  await using one = await trial()
  for (const Name of ['a1', 'b', 'a2']) await one.call('PutRule', { Name, EventPattern })
  const names = ({ Rules }: { Rules: { Name: string }[] }) => Rules.map(({ Name }) => Name)
  assert.deepEqual(names(await one.call('ListRules', { NamePrefix: 'a' })), ['a1', 'a2'])
  const page = await one.call('ListRules', { Limit: 2 })
  assert.deepEqual(names(page), ['a1', 'a2'])
  assert.deepEqual(names(await one.call('ListRules', { Limit: 2, NextToken: page.NextToken })), ['b'])
  for (const input of [{ NamePrefix: 'a', NextToken: page.NextToken }, { NextToken: 'x' }])
    await one.refused('ListRules', input, 'ValidationException')
  await one.refused('ListRules', { EventBusName: 'x' }, 'ResourceNotFoundException', 'Event bus x does not exist.')
})
