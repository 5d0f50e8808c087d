import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('UpdateConnection changes what is said; what is not said of its authorization stays', async () => {
  await using w = await local()
  await w.connection()
  await w.ask('UpdateConnection', { Name: 'hooks', Description: 'of the shop' })
  await w.ask('UpdateConnection', {
    Name: 'hooks',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-other' } },
  })
  const described = await w.ask('DescribeConnection', { Name: 'hooks' })
  assert.equal(described.Description, 'of the shop')
  assert.deepEqual(described.AuthParameters, { ApiKeyAuthParameters: { ApiKeyName: 'x-other' } })
  const BasicAuthParameters = { Username: 'me', Password: 'secret' }
  const changed = { Name: 'hooks', AuthorizationType: 'BASIC', AuthParameters: { BasicAuthParameters } }
  assert.equal((await w.ask('UpdateConnection', changed)).ConnectionState, 'AUTHORIZED')
  const after = await w.ask('DescribeConnection', { Name: 'hooks' })
  assert.deepEqual(
    [after.AuthorizationType, after.AuthParameters],
    ['BASIC', { BasicAuthParameters: { Username: 'me' } }],
  )
})

test('UpdateConnection refuses one that is not there, and another type without its parameters', async () => {
  await using w = await local()
  await w.refused('UpdateConnection', { Name: 'none' }, 'ResourceNotFoundException', 'none')
  await w.connection()
  await w.refused('UpdateConnection', { Name: 'hooks', AuthorizationType: 'BASIC' }, 'ValidationException', 'required')
})
