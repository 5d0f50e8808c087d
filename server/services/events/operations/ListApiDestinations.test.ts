import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('ListApiDestinations goes by names, prefixes and connections, page by page', async () => {
  await using w = await local()
  const one = await w.connection('one')
  const two = await w.connection('two')
  for (const name of ['b', 'a']) await w.destination(one, name)
  await w.destination(two, 'ab')
  const names = async (input: object) =>
    (await w.ask('ListApiDestinations', input)).ApiDestinations.map(({ Name }: { Name: string }) => Name)
  assert.deepEqual(await names({}), ['a', 'ab', 'b'])
  assert.deepEqual(await names({ NamePrefix: 'a' }), ['a', 'ab'])
  assert.deepEqual(await names({ ConnectionArn: one }), ['a', 'b'])
  const { NextToken } = await w.ask('ListApiDestinations', { Limit: 2 })
  assert.deepEqual(await names({ Limit: 2, NextToken }), ['b'])
})
