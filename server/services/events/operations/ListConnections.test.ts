import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('ListConnections goes by names, prefixes and states, page by page', async () => {
  await using w = await local()
  for (const name of ['b', 'a', 'ab']) await w.connection(name)
  await w.ask('DeauthorizeConnection', { Name: 'b' })
  const names = async (input: object) =>
    (await w.ask('ListConnections', input)).Connections.map(({ Name }: { Name: string }) => Name)
  assert.deepEqual(await names({}), ['a', 'ab', 'b'])
  assert.deepEqual(await names({ NamePrefix: 'a' }), ['a', 'ab'])
  assert.deepEqual(await names({ ConnectionState: 'DEAUTHORIZED' }), ['b'])
  const { NextToken } = await w.ask('ListConnections', { Limit: 2 })
  assert.deepEqual(await names({ Limit: 2, NextToken }), ['b'])
  await w.refused('ListConnections', { NextToken, NamePrefix: 'a' }, 'ValidationException')
})
