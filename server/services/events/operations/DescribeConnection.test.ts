import assert from 'node:assert/strict'
import { test } from 'node:test'
import { local } from '../destinations/test/local.ts'

test('DescribeConnection tells all but what is secret', async () => {
  await using w = await local()
  const ConnectionArn = await w.connection()
  const { CreationTime, LastModifiedTime, LastAuthorizedTime, SecretArn, ...rest } = await w.ask('DescribeConnection', {
    Name: 'hooks',
  })
  assert.match(SecretArn, /:secret:events!connection\/hooks\/[0-9a-f-]{36}-\w{6}$/)
  assert.deepEqual([CreationTime, LastModifiedTime], [LastAuthorizedTime, LastAuthorizedTime])
  assert.deepEqual(rest, {
    ConnectionArn,
    Name: 'hooks',
    ConnectionState: 'AUTHORIZED',
    AuthorizationType: 'API_KEY',
    AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key' } },
  })
  await w.refused(
    'DescribeConnection',
    { Name: 'none' },
    'ResourceNotFoundException',
    "Connection 'none' does not exist",
  )
})
