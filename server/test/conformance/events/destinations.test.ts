import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateConnectionRequest } from '@aws-sdk/client-eventbridge'
import { hook } from './hook.ts'
import { world } from './bus.ts'

/** API destinations through a started server, against a webhook that is none of ours. Source: surroundings.md 4.2. */

type World = Awaited<ReturnType<typeof world>>

const API_KEY = { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: 'the-api-key' } }

/** A connection and a destination of it, with the role that rules call it by. */
async function destination(
  w: World,
  InvocationEndpoint: string,
  { auth = API_KEY, type = 'API_KEY', more = {} }: { auth?: object; type?: string; more?: object } = {},
) {
  const { ConnectionArn } = await w.events.createConnection({
    Name: 'hooks',
    AuthorizationType: type,
    AuthParameters: auth,
  } as CreateConnectionRequest)
  const made = await w.events.createApiDestination({
    Name: 'hook',
    ConnectionArn,
    InvocationEndpoint,
    HttpMethod: 'POST',
    ...more,
  })
  const Arn = made.ApiDestinationArn as string
  const RoleArn = await w.role('calls', 'events.amazonaws.com', {
    Action: 'events:InvokeApiDestination',
    Resource: Arn,
  })
  return { Arn, RoleArn }
}

const put = (w: World, Detail = '{"n":1}') =>
  w.events.putEvents({ Entries: [{ Source: 'my.app', DetailType: 'Order', Detail }] })
const PATTERN = { source: ['my.app'] }

test('an event is sent by the connection: key, headers, query, body parameters, stars in the path', async () => {
  await using there = await hook()
  await using w = await world({ functions: there.functions })
  const auth = {
    ...API_KEY,
    InvocationHttpParameters: {
      HeaderParameters: [{ Key: 'x-team', Value: 'blue', IsValueSecret: false }],
      QueryStringParameters: [{ Key: 'of', Value: 'a b', IsValueSecret: true }],
      BodyParameters: [{ Key: 'secret', Value: 'body-parameter', IsValueSecret: true }],
    },
  }
  const target = await destination(w, `${there.url}/v1/*/orders/*`, { auth })
  await w.rule('send', PATTERN, [
    {
      Id: 'hook',
      ...target,
      InputPath: '$.detail',
      HttpParameters: {
        PathParameterValues: ['eu/west', '7'],
        HeaderParameters: { 'x-team': 'red', 'x-own': 'yes' },
        QueryStringParameters: { q: '1' },
      },
    },
  ])
  await put(w)
  await w.settle()
  assert.deepEqual([await w.failed(), await w.waiting(), there.asked.length], [[], 0, 1])
  const [asked] = there.asked
  assert.equal(`${asked?.method} ${asked?.path}`, 'POST /v1/eu%2Fwest/orders/7?q=1&of=a+b')
  const { 'x-team': team, 'x-own': own, 'x-api-key': key, 'content-type': type } = asked?.headers ?? {}
  assert.deepEqual([team, own, key, type], ['blue', 'yes', 'the-api-key', 'application/json; charset=utf-8'])
  assert.deepEqual(JSON.parse(asked?.body ?? ''), { n: 1, secret: 'body-parameter' })
  for (const hidden of ['the-api-key', 'body-parameter']) assert.ok(!w.server.log().includes(hidden))
})

test('what is secret of a connection stands in a secret of EventBridge, and is never shown', async () => {
  await using there = await hook()
  await using w = await world({ functions: there.functions })
  const auth = { BasicAuthParameters: { Username: 'me', Password: 'basic-password' } }
  const target = await destination(w, there.url, { auth, type: 'BASIC' })
  const described = await w.events.describeConnection({ Name: 'hooks' })
  assert.deepEqual(described.AuthParameters, { BasicAuthParameters: { Username: 'me' } })
  assert.equal(described.ConnectionState, 'AUTHORIZED')
  const secret = await w.secrets.describeSecret({ SecretId: described.SecretArn as string })
  assert.match(secret.Name ?? '', /^events!connection\/hooks\/[0-9a-f-]{36}$/)
  assert.equal(secret.OwningService, 'events')
  assert.ok(!JSON.stringify(described).includes('basic-password'))
  await w.rule('send', PATTERN, [{ Id: 'hook', ...target }])
  await put(w)
  await w.settle()
  const basic = Buffer.from('me:basic-password').toString('base64')
  assert.equal(there.asked[0]?.headers.authorization, `Basic ${basic}`)
  await w.events.updateConnection({
    Name: 'hooks',
    AuthParameters: { BasicAuthParameters: { Password: 'another-password' } },
  })
  await put(w)
  await w.settle()
  const other = Buffer.from('me:another-password').toString('base64')
  assert.equal(there.asked[1]?.headers.authorization, `Basic ${other}`)
  await w.events.deleteConnection({ Name: 'hooks' })
  await assert.rejects(w.secrets.describeSecret({ SecretId: described.SecretArn as string }))
})

test('an OAuth client gets a token, keeps it while it lasts, and another one when it is refused', async () => {
  await using there = await hook()
  let given = 0
  there.state.answer = ({ path, headers }, response) => {
    if (path === '/token') {
      response.writeHead(200, { 'content-type': 'application/json' })
      return void response.end(
        JSON.stringify({ access_token: `token-${++given}`, token_type: 'Bearer', expires_in: 3600 }),
      )
    }
    response.writeHead(headers.authorization === 'Bearer token-1' && there.asked.length > 4 ? 401 : 200).end('{}')
  }
  await using w = await world({ functions: there.functions })
  const auth = {
    OAuthParameters: {
      ClientParameters: { ClientID: 'client', ClientSecret: 'client-secret' },
      AuthorizationEndpoint: `${there.url}/token`,
      HttpMethod: 'POST',
    },
  }
  const target = await destination(w, `${there.url}/in`, { auth, type: 'OAUTH_CLIENT_CREDENTIALS' })
  await w.settle()
  assert.equal((await w.events.describeConnection({ Name: 'hooks' })).ConnectionState, 'AUTHORIZED')
  const form = new URLSearchParams(there.asked[0]?.body)
  assert.deepEqual(
    [form.get('grant_type'), form.get('client_id'), form.get('client_secret')],
    ['client_credentials', 'client', 'client-secret'],
  )
  await w.rule('send', PATTERN, [{ Id: 'hook', ...target }])
  for (let i = 0; i < 3; i++) {
    await put(w)
    await w.settle()
  }
  assert.equal(given, 1)
  await put(w)
  await w.server.clock.advance({ minutes: 1 })
  assert.equal(given, 2)
  assert.equal(there.asked.at(-1)?.headers.authorization, 'Bearer token-2')
  assert.deepEqual([await w.failed(), await w.waiting()], [[], 0])
})

test('failures are tried again with longer and longer waits, as the retry policy says, then kept with their reason', async () => {
  await using there = await hook()
  there.state.answer = (_, response) => void response.writeHead(503).end('nobody reads this: hostile-answer')
  await using w = await world({ functions: there.functions })
  const target = await destination(w, there.url)
  await w.rule('send', PATTERN, [{ Id: 'hook', ...target, RetryPolicy: { MaximumRetryAttempts: 3 } }])
  await put(w)
  await w.server.clock.advance({ minutes: 5 })
  assert.equal(there.asked.length, 4)
  assert.deepEqual(await w.failed(), [
    {
      rule: `arn:aws:events:us-east-1:${w.server.account}:rule/send`,
      target: target.Arn,
      code: 'HTTP_503',
      reason: 'the endpoint answered with 503; no more tries: MaximumRetryAttempts',
      attempts: 4,
    },
  ])
  assert.match(w.server.log(), /an event could not be delivered/)
  assert.ok(!w.server.log().includes('hostile-answer'))
  await w.events.putTargets({
    Rule: 'send',
    Targets: [{ Id: 'hook', ...target, RetryPolicy: { MaximumEventAgeInSeconds: 60 } }],
  })
  await put(w)
  await w.server.clock.advance({ minutes: 10 })
  assert.match((await w.failed()).at(-1)?.reason ?? '', /MaximumEventAgeInSeconds$/)
})

test('a hostile webhook: refusals that are final, redirects, endless answers; slow ones are cut off', {
  timeout: 60_000,
}, async () => {
  await using there = await hook()
  await using w = await world({ functions: there.functions })
  const target = await destination(w, there.url)
  await w.rule('send', PATTERN, [{ Id: 'hook', ...target, RetryPolicy: { MaximumRetryAttempts: 0 } }])
  const outcomes: string[] = []
  for (const answer of [
    (response: import('node:http').ServerResponse) => response.writeHead(400).end(),
    (response: import('node:http').ServerResponse) =>
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    (response: import('node:http').ServerResponse) => response.destroy(),
    // says nothing at all
    () => undefined,
  ]) {
    there.state.answer = (_, response) => void answer(response)
    await put(w)
    await w.settle()
    outcomes.push((await w.failed()).at(-1)?.code ?? 'none')
  }
  assert.deepEqual(outcomes, ['HTTP_400', 'HTTP_302', 'CONNECTION_FAILURE', 'TIMEOUT'])
  // an answer without end has arrived when its status is there
  there.state.answer = (_, response) => {
    response.writeHead(200)
    response.write('x'.repeat(1_000_000))
  }
  await put(w)
  await w.settle()
  assert.deepEqual([(await w.failed()).length, await w.waiting(), there.asked.length], [4, 0, 5])
})

test('calls in a second are bounded by the destination; Retry-After is kept to', async () => {
  await using there = await hook()
  await using w = await world({ functions: there.functions, standing: false })
  const times: number[] = []
  let busy = true
  there.state.answer = (_, response) => {
    times.push(w.server.clock.now())
    if (busy) response.writeHead(429, { 'retry-after': '120' })
    else response.writeHead(200)
    response.end()
  }
  const target = await destination(w, there.url, { more: { InvocationRateLimitPerSecond: 2 } })
  await w.rule('send', PATTERN, [{ Id: 'hook', ...target }])
  await put(w)
  await w.settle()
  assert.equal(times.length, 1)
  busy = false
  await w.server.clock.advance({ seconds: 100 })
  assert.equal(times.length, 1)
  await w.server.clock.advance({ seconds: 30 })
  assert.equal(times.length, 2)
  times.length = 0
  for (let i = 0; i < 6; i++) await put(w)
  await w.server.clock.advance({ seconds: 30 })
  assert.equal(times.length, 6)
  const sorted = times.toSorted((one, other) => one - other)
  assert.ok((sorted.at(-1) as number) - (sorted[0] as number) >= 2400, String(sorted))
})

test('a role that may not call, no address of the inside without the operator, a connection that is deauthorized', async () => {
  await using there = await hook()
  await using w = await world({ functions: { ...there.functions, webhookPrivateHosts: [] } })
  const target = await destination(w, there.url)
  const RoleArn = await w.role('idle', 'events.amazonaws.com')
  const RetryPolicy = { MaximumRetryAttempts: 0 }
  await w.rule('send', PATTERN, [
    { Id: 'idle', Arn: target.Arn, RoleArn, RetryPolicy },
    { Id: 'inside', ...target, RetryPolicy },
  ])
  await put(w)
  await w.settle()
  const codes = async () => (await w.failed()).map(({ code }) => code).sort()
  assert.deepEqual(await codes(), ['CONNECTION_FAILURE', 'NO_PERMISSIONS'])
  await w.events.deauthorizeConnection({ Name: 'hooks' })
  assert.equal((await w.events.describeApiDestination({ Name: 'hook' })).ApiDestinationState, 'INACTIVE')
  await put(w)
  await w.settle()
  assert.ok((await codes()).includes('CONNECTION_NOT_AUTHORIZED'))
  assert.deepEqual(there.asked, [])
})
