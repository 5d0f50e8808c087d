import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('DeauthorizeConnection forgets the authorization, and UpdateConnection gives another', async () => {
  await using w = await local()
  await w.connection()
  assert.equal((await w.ask('DeauthorizeConnection', { Name: 'hooks' })).ConnectionState, 'DEAUTHORIZING')
  assert.equal((await w.ask('DescribeConnection', { Name: 'hooks' })).ConnectionState, 'DEAUTHORIZED')
  const key = { ApiKeyAuthParameters: { ApiKeyName: 'a', ApiKeyValue: 'b' } }
  assert.equal((await w.ask('UpdateConnection', { Name: 'hooks', AuthParameters: key })).ConnectionState, 'AUTHORIZED')
  await w.refused('DeauthorizeConnection', { Name: 'none' }, 'ResourceNotFoundException')
})
