import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, ENDPOINT, local } from '../destinations/test/local.ts'
import { allow, user } from '../test/trial.ts'

test('CreateApiDestination answers its ARN; 300 calls a second by default', async () => {
  await using w = await local()
  const arn = await w.destination(await w.connection())
  assert.match(arn, new RegExp(`^arn:aws:events:us-east-1:${ACCOUNT}:api-destination/hook/[0-9a-f-]{36}$`))
  const { InvocationRateLimitPerSecond, ApiDestinationState } = await w.ask('DescribeApiDestination', { Name: 'hook' })
  assert.deepEqual([InvocationRateLimitPerSecond, ApiDestinationState], [300, 'ACTIVE'])
})

test('CreateApiDestination refuses a taken name, a connection that is not there, what is no https URL, too many calls', async () => {
  await using w = await local()
  const ConnectionArn = await w.connection()
  await w.destination(ConnectionArn)
  const input = { Name: 'b', ConnectionArn, InvocationEndpoint: ENDPOINT, HttpMethod: 'POST' }
  const refused = (more: object, code = 'ValidationException', text?: string) =>
    w.refused('CreateApiDestination', { ...input, ...more }, code, text)
  await refused({ Name: 'hook' }, 'ResourceAlreadyExistsException')
  await refused({ ConnectionArn: ConnectionArn.replace(/.{4}$/, '0000') }, 'ResourceNotFoundException')
  await refused({ ConnectionArn: ConnectionArn.replace(ACCOUNT, '999999999999') }, 'ResourceNotFoundException')
  for (const InvocationEndpoint of ['http://example.com', 'https://me:secret@example.com', 'https://*.example.com'])
    await refused({ InvocationEndpoint }, 'ValidationException', 'https')
  await refused({ InvocationRateLimitPerSecond: 301 }, 'ValidationException', '300')
  await refused({ HttpMethod: 'TRACE' })
})

test('who may make or change API destinations, but not use a connection, does not send what it holds elsewhere', async () => {
  await using w = await local()
  const ConnectionArn = await w.connection()
  const own = await w.connection('mine')
  const events = `arn:aws:events:us-east-1:${ACCOUNT}`
  const eve = user(
    'eve',
    allow('events:*', `${events}:api-destination/*`),
    allow('events:*', `${events}:connection/mine`),
  )
  const as = (operation: string, input: object) => w.server.inside.local(`AWSEvents.${operation}`, input, eve)
  const rest = { Name: 'x', InvocationEndpoint: 'https://evil.example', HttpMethod: 'POST' }
  const denied = { code: 'AccessDeniedException', message: /connection\/hooks/ }
  await assert.rejects(as('CreateApiDestination', { ...rest, ConnectionArn }), denied)
  await as('CreateApiDestination', { ...rest, ConnectionArn: own })
  await assert.rejects(as('UpdateApiDestination', { Name: 'x', ConnectionArn }), denied)
  await as('UpdateApiDestination', { Name: 'x', Description: 'still mine' })
})
