import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, KEY, local } from '../destinations/test/local.ts'

const make = (more: object = {}) => ({ Name: 'hooks', AuthorizationType: 'API_KEY', AuthParameters: KEY, ...more })

test('CreateConnection answers its ARN and state; an OAuth client is tried first (API_CreateConnection)', async () => {
  await using w = await local()
  const made = await w.ask('CreateConnection', make())
  assert.match(made.ConnectionArn, new RegExp(`^arn:aws:events:us-east-1:${ACCOUNT}:connection/hooks/[0-9a-f-]{36}$`))
  assert.equal(made.ConnectionState, 'AUTHORIZED')
  assert.deepEqual(made.CreationTime, made.LastModifiedTime)
  const OAuthParameters = {
    ClientParameters: { ClientID: 'me', ClientSecret: 'secret' },
    AuthorizationEndpoint: 'https://example.com/token',
    HttpMethod: 'POST',
  }
  const AuthorizationType = 'OAUTH_CLIENT_CREDENTIALS'
  const client = await w.ask(
    'CreateConnection',
    make({ Name: 'o', AuthorizationType, AuthParameters: { OAuthParameters } }),
  )
  assert.equal(client.ConnectionState, 'AUTHORIZING')
})

test('CreateConnection refuses a name that is taken, parameters of another type, endpoints that are not https', async () => {
  await using w = await local()
  await w.connection()
  await w.refused('CreateConnection', make(), 'ResourceAlreadyExistsException', 'hooks')
  await w.refused(
    'CreateConnection',
    make({ Name: 'b', AuthorizationType: 'BASIC' }),
    'ValidationException',
    'ApiKeyAuthParameters',
  )
  await w.refused('CreateConnection', make({ Name: 'b', AuthParameters: {} }), 'ValidationException', 'required')
  await w.refused('CreateConnection', make({ Name: 'b c' }), 'ValidationException', 'name')
  const OAuthParameters = {
    ClientParameters: { ClientID: 'me', ClientSecret: 'secret' },
    AuthorizationEndpoint: 'http://169.254.169.254/token',
    HttpMethod: 'POST',
  }
  const plain = { Name: 'o', AuthorizationType: 'OAUTH_CLIENT_CREDENTIALS', AuthParameters: { OAuthParameters } }
  await w.refused('CreateConnection', plain, 'ValidationException', 'https')
})

test('CreateConnection takes time in proportion to a key that is all blanks, and no more', async () => {
  await using w = await local()
  const ApiKeyAuthParameters = { ApiKeyName: `${' '.repeat(500)}:`, ApiKeyValue: 'x' }
  await w.refused('CreateConnection', make({ AuthParameters: { ApiKeyAuthParameters } }), 'ValidationException')
})
