import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Receiver } from '../../functions/test/receiver.ts'
import { start, type Started } from '../start.ts'
import { clientsOf, labelsOf, version } from './session.ts'

/** Rotation of an API key by a webhook, through a started server: the unmodified SDK, and a receiver that is none of ours. */

const SIGNING_KEY = 'signing-key-of-at-least-32-characters'

async function rotating(server: Started, receiver: Receiver) {
  const clients = clientsOf(server)
  const { secrets } = clients
  const webhook = receiver.url
  const { ARN: signingsecretarn } = await secrets.createSecret({
    Name: 'maps/signing',
    SecretString: JSON.stringify({ webhook, signingKey: SIGNING_KEY }),
  })
  const SecretId = 'maps/key'
  const { certificate: ca } = receiver
  await secrets.createSecret({
    Name: SecretId,
    ClientRequestToken: version(1),
    SecretString: JSON.stringify({ apiKey: 'the-first-key', webhook, signingsecretarn, ca }),
  })
  await secrets.rotateSecret({
    SecretId,
    ClientRequestToken: version(2),
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:StrongroomWebhookRotation`,
    RotationRules: { AutomaticallyAfterDays: 30 },
  })
  await server.clock.advance({ seconds: 1 })
  const current = async () =>
    (JSON.parse((await secrets.getSecretValue({ SecretId })).SecretString ?? '') as { apiKey: string }).apiKey
  return { ...clients, SecretId, current }
}

test('a service behind a webhook gets a new key at once, then on schedule', async () => {
  await using server = await start({ functions: { environmentPath: undefined, webhookPrivateHosts: ['localhost'] } })
  await using receiver = await Receiver.start(() => server.clock.now(), SIGNING_KEY)
  const keys = new Set(['the-first-key'])
  receiver.answer = ({ step, apiKey, previousApiKey }) => {
    if (step === 'setSecret') keys.add(apiKey)
    if (step === 'finishSecret') keys.delete(previousApiKey ?? '')
    return step === 'testSecret' && !keys.has(apiKey) ? undefined : {}
  }
  const { secrets, SecretId, current, destroy } = await rotating(server, receiver)
  const second = await current()
  assert.match(second, /^[A-Za-z0-9]{40}$/)
  assert.deepEqual([...keys], [second])
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
  })
  await server.clock.advance({ days: 31 })
  const third = await current()
  assert.notEqual(third, second)
  assert.deepEqual([...keys], [third])
  assert.deepEqual(receiver.refused, [])
  for (const hidden of ['the-first-key', second, third, SIGNING_KEY, '/rotate'])
    assert.ok(!server.log().includes(hidden), 'nothing of it is in the log')
  destroy()
})

test('while the service is down the old key stays current; when it is back, the rotation goes on with one key', async () => {
  await using server = await start({ functions: { environmentPath: undefined, webhookPrivateHosts: ['127.0.0.0/8'] } })
  await using receiver = await Receiver.start(() => server.clock.now(), SIGNING_KEY)
  let isDown = true
  receiver.answer = ({ step }, response) => {
    if (!isDown || step === 'createSecret') return {}
    response.writeHead(503).end()
    return undefined
  }
  const { current, destroy } = await rotating(server, receiver)
  assert.equal(await current(), 'the-first-key')
  await server.clock.advance({ minutes: 2 })
  assert.equal(await current(), 'the-first-key')
  isDown = false
  await server.clock.advance({ hours: 1 })
  const [created, ...more] = receiver.told.filter(({ step }) => step === 'createSecret')
  assert.equal(more.length, 0)
  assert.equal(await current(), created?.apiKey)
  destroy()
})

test('without a word of the operator no private address is called', async () => {
  await using server = await start()
  await using receiver = await Receiver.start(() => server.clock.now(), SIGNING_KEY)
  const { current, destroy } = await rotating(server, receiver)
  assert.equal(await current(), 'the-first-key')
  assert.deepEqual(receiver.raw, [])
  assert.match(server.log(), /has an address that is not public/)
  destroy()
})
