import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Reach } from '#kernel/outbound/call'
import type { FunctionContext } from './function.ts'
import { reachOf } from './settings.ts'
import { FakeSecrets, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'
import { Receiver } from './test/receiver.ts'
import { webhookRotation } from './webhook.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/key-AbCdEf'
const SIGNING = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:signing-AbCdEf'
const NOW = Date.UTC(2026, 10, 22)

async function setUp(change: { secret?: object; signing?: object } = {}) {
  const receiver = await Receiver.start(() => NOW)
  const { url: webhook, certificate: ca, signingKey } = receiver
  const secrets = new FakeSecrets()
  const json = { service: 'maps', apiKey: 'the-first-key', webhook, signingsecretarn: SIGNING, ca, ...change.secret }
  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(SIGNING, 's1', JSON.stringify({ webhook, signingKey, ...change.signing }), 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return { receiver, secrets, json, [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose]() }
}

/** Runs steps; answers the lines of the log. */
async function run(
  secrets: FakeSecrets,
  token: string,
  steps: readonly string[] = STEPS,
  more: Partial<FunctionContext> & { reach?: Reach } = {},
): Promise<string[]> {
  const lines: string[] = []
  const { reach = reachOf(['localhost']), ...context } = more
  for (const Step of steps)
    await webhookRotation(
      { Step, SecretId: ARN, ClientRequestToken: token },
      {
        secrets,
        environment: new Map(),
        outside: { reach, now: () => NOW },
        log: (line) => void lines.push(line),
        signal: new AbortController().signal,
        ...context,
      },
    )
  return lines
}

test('the receiver is told of each step, signed, and the key that was proposed becomes current', async () => {
  await using rig = await setUp()
  const { receiver, secrets, json } = rig
  const lines = await run(secrets, 'v2')
  const { apiKey, ...rest } = secrets.json(ARN, 'AWSCURRENT')
  const { apiKey: first, ...others } = json
  assert.deepEqual(rest, others)
  assert.equal(apiKey.length, 40)
  assert.deepEqual(
    secrets.asked.map(({ ExcludePunctuation }) => ExcludePunctuation),
    [true],
  )
  const told = { secretArn: ARN, token: 'v2', apiKey }
  assert.deepEqual(receiver.told, [
    { step: 'createSecret', ...told, currentApiKey: first },
    { step: 'setSecret', ...told, currentApiKey: first },
    { step: 'testSecret', ...told },
    { step: 'finishSecret', ...told, previousApiKey: first },
  ])
  assert.deepEqual(receiver.refused, [])
  assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
  for (const hidden of [apiKey, first, receiver.signingKey, '/rotate']) assert.ok(!lines.join().includes(hidden))
  assert.match(receiver.raw[0] ?? '', /^POST \/rotate\?for=tests /)
})

test('a receiver may answer the key that it made itself', async () => {
  await using rig = await setUp()
  rig.receiver.answer = ({ step }) => (step === 'createSecret' ? { apiKey: 'made "there" é', id: 7 } : { apiKey: 'x' })
  await run(rig.secrets, 'v2')
  assert.equal(rig.secrets.json(ARN, 'AWSCURRENT').apiKey, 'made "there" é')
  assert.equal(rig.receiver.told[1]?.apiKey, 'made "there" é')
})

test('an empty answer says yes; one that is no key is refused and nothing is kept', async () => {
  await using rig = await setUp()
  const { receiver, secrets } = rig
  for (const apiKey of ['', 7, {}, ['x'], 'a\0b', '\ud800', 'x'.repeat(8193), false]) {
    receiver.answer = () => ({ apiKey })
    await assert.rejects(run(secrets, 'v2', ['createSecret']), fault(/an apiKey that is no text/, 'WebhookError'))
  }
  assert.equal(secrets.text(ARN, 'AWSPENDING'), 'null')
  receiver.answer = (_told, response) => void response.writeHead(204).end()
  await run(secrets, 'v2')
  assert.equal(secrets.json(ARN, 'AWSCURRENT').apiKey, receiver.told.at(-1)?.apiKey)
})

test('after a failure at any step all four again with the same token end well, with one key', async () => {
  for (const failing of STEPS)
    for (const how of ['before', 'behind'] as const) {
      await using rig = await setUp()
      const { receiver, secrets } = rig
      let failures = 0
      receiver.answer = ({ step }, response) => {
        if (step !== failing || failures++ > 0) return {}
        response.writeHead(503).end()
        return undefined
      }
      if (how === 'before') await assert.rejects(run(secrets, 'v2'), fault(/answered with 503$/, 'WebhookError'))
      else {
        failures = 1
        await run(secrets, 'v2', STEPS.slice(0, STEPS.indexOf(failing) + 1))
      }
      await run(secrets, 'v2')
      assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
      const finished = receiver.told.filter(({ step }) => step === 'finishSecret').at(-1)
      assert.equal(finished?.apiKey, secrets.json(ARN, 'AWSCURRENT').apiKey)
      assert.equal(finished?.previousApiKey, 'the-first-key')
      const set = new Set(receiver.told.filter(({ step }) => step === 'setSecret').map(({ apiKey }) => apiKey))
      assert.equal(set.size, 1)
    }
})

test('whatever the receiver answers but success and JSON fails the step, and stands in no text', async () => {
  await using rig = await setUp()
  const { receiver, secrets } = rig
  const sends = (status: number, body: string, headers = {}) => {
    receiver.answer = (_told, response) => void response.writeHead(status, headers).end(body)
    return run(secrets, 'v2', ['createSecret'])
  }
  for (const status of [301, 302, 303, 307, 308])
    await assert.rejects(
      sends(status, '', { location: 'https://localhost:1/' }),
      fault(`The webhook of secret ${ARN} answered with ${status}: redirects are not followed`, 'WebhookError'),
    )
  for (const status of [400, 401, 404, 429, 500, 503])
    await assert.rejects(
      sends(status, '{"apiKey":"the-first-key"}'),
      fault(`The webhook of secret ${ARN} answered with ${status}`, 'WebhookError'),
    )
  const noJson = fault(`The webhook of secret ${ARN} answered something else than JSON`, 'WebhookError')
  for (const body of ['the-first-key', '[]', '"text"', '7', '{"a":']) await assert.rejects(sends(200, body), noJson)
  const none = fault(`The webhook of secret ${ARN} is not one that is called, or its answer none`, 'WebhookError')
  await assert.rejects(sends(200, `"${'x'.repeat(70_000)}"`), none)
  await assert.rejects(sends(200, '{}', { 'content-encoding': 'gzip' }), none)
  assert.equal(receiver.refused.length, 0)
})

test('who breaks off, or never answers, is given up', async () => {
  await using rig = await setUp()
  const { receiver, secrets } = rig
  receiver.answer = (_told, response) => void response.destroy()
  await assert.rejects(
    run(secrets, 'v2', ['createSecret']),
    fault(`The webhook of secret ${ARN} does not answer`, 'WebhookError'),
  )
  const stop = new AbortController()
  receiver.answer = (_told, response) => {
    response.write('{')
    stop.abort()
  }
  await assert.rejects(
    run(secrets, 'v2', ['createSecret'], { signal: stop.signal }),
    fault('the step createSecret was stopped', 'Stopped'),
  )
})

test('private addresses are called only if the operator names them, whatever name or form they have', async () => {
  await using rig = await setUp()
  const { receiver, json } = rig
  const none = fault(`The webhook of secret ${ARN} is not one that is called, or its answer none`, 'WebhookError')
  const at = async (webhook: string, reach: Reach) => {
    const secrets = new FakeSecrets()
    secrets.put(ARN, 'v1', JSON.stringify({ ...json, webhook }), 'AWSCURRENT')
    secrets.put(SIGNING, 's1', JSON.stringify({ webhook, signingKey: receiver.signingKey }), 'AWSCURRENT')
    secrets.begin(ARN, 'v2')
    return await run(secrets, 'v2', ['createSecret'], { reach })
  }
  const { port } = receiver
  for (const host of [
    '127.0.0.1',
    'localhost',
    'LOCALHOST',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    '169.254.169.254',
    '[fd00:ec2::254]',
    '10.0.0.1',
    '192.168.0.1',
    '100.64.0.1',
    'no.such.name.invalid',
  ])
    await assert.rejects(at(`https://${host}:${port}/`, reachOf([])), none, host)
  assert.deepEqual(receiver.raw, [])

  // a name of the operator's does not open its addresses to other names
  await assert.rejects(at(`https://127.0.0.1:${port}/`, reachOf(['localhost'])), none)
  await at(`https://127.0.0.1:${port}/`, reachOf(['127.0.0.0/8']))
  assert.equal(receiver.told.length, 1)
})

test('a name is looked up once: what it says later is of no account', async () => {
  await using rig = await setUp()
  const { receiver, secrets, json } = rig
  const webhook = `https://rebound.example.com:${receiver.port}/`
  secrets.put(ARN, 'v1', JSON.stringify({ ...json, webhook }), 'AWSCURRENT')
  secrets.put(SIGNING, 's1', JSON.stringify({ webhook, signingKey: receiver.signingKey }), 'AWSCURRENT')
  const none = fault(`The webhook of secret ${ARN} is not one that is called, or its answer none`, 'WebhookError')
  for (const answers of [
    [['127.0.0.1']],
    [['1.1.1.1', '127.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['localhost']],
    [['1.1.1.1 '], ['127.0.0.1']],
  ]) {
    let asked = 0
    const reach: Reach = { ...reachOf([]), resolve: async () => answers[asked++] ?? ['127.0.0.1'] }
    await assert.rejects(run(secrets, 'v2', ['createSecret'], { reach }), none, answers.join())
    assert.equal(asked, 1)
  }
  assert.deepEqual(receiver.raw, [])
})

test('its certificate must be trusted, and be that of the host', async () => {
  const none = /is not one that is called, or its answer none$/
  await using rig = await setUp({ secret: { ca: undefined } })
  await assert.rejects(run(rig.secrets, 'v2', ['createSecret']), fault(none, 'WebhookError'))
  assert.deepEqual(rig.receiver.raw, [])
})

test('the signing secret is for one webhook: nobody has requests signed for a URL of his own', async () => {
  await using rig = await setUp()
  const { secrets, json, receiver } = rig
  const webhook = `${json.webhook}&to=somebody-else`
  secrets.put(ARN, 'v1', JSON.stringify({ ...json, webhook }), 'AWSCURRENT')
  await assert.rejects(run(secrets, 'v2', ['createSecret']), fault(/is for another webhook than that of the secret$/))
  assert.deepEqual(receiver.raw, [])
  secrets.put(ARN, 'v1', JSON.stringify({ ...json, signingsecretarn: ARN }), 'AWSCURRENT')
  await assert.rejects(run(secrets, 'v2', ['createSecret']), fault(/must be the ARN of another secret$/))

  secrets.put(ARN, 'v1', JSON.stringify(json), 'AWSCURRENT')
  secrets.put(ARN, 'v2', JSON.stringify({ ...json, apiKey: 'next', webhook }), 'AWSPENDING')
  for (const step of ['setSecret', 'testSecret'])
    await assert.rejects(run(secrets, 'v2', [step]), fault(/names another webhook or signing secret/))
  assert.deepEqual(receiver.raw, [])
})

test('a receiver that knows another key, or is told much later, refuses', async () => {
  await using rig = await setUp({ signing: { signingKey: 'another key of at least 32 characters' } })
  await assert.rejects(run(rig.secrets, 'v2', ['createSecret']), fault(/answered with 401$/, 'WebhookError'))
  assert.deepEqual(rig.receiver.refused, ['wrong signature'])
  await using late = await setUp()
  late.receiver.now = () => NOW + 301_000
  await assert.rejects(run(late.secrets, 'v2', ['createSecret']), fault(/answered with 401$/, 'WebhookError'))
  assert.deepEqual(late.receiver.refused, ['too old'])
})

test('what the secrets must hold', async () => {
  for (const [secret, words] of [
    [{ webhook: undefined }, 'webhook key is missing from secret JSON'],
    [{ apiKey: undefined }, 'apiKey key is missing from secret JSON'],
    [{ signingsecretarn: undefined }, 'signingsecretarn key is missing from secret JSON'],
  ] as const) {
    await using rig = await setUp({ secret })
    await assert.rejects(run(rig.secrets, 'v2', ['createSecret']), fault(words, 'KeyError'))
  }
  for (const webhook of [
    'http://localhost/',
    'https://u:p@localhost/',
    'x',
    'file:///etc/passwd',
    `https://${'x'.repeat(2048)}`,
  ]) {
    await using rig = await setUp({ secret: { webhook } })
    await assert.rejects(
      run(rig.secrets, 'v2', ['createSecret']),
      fault('webhook of the secret JSON must be an https URL without credentials'),
    )
  }
  await using short = await setUp({ signing: { signingKey: 'short' } })
  await assert.rejects(run(short.secrets, 'v2', ['createSecret']), fault(/has fewer than 32 characters$/))
  await using rig = await setUp()
  await assert.rejects(run(rig.secrets, 'v2', ['wrong']), fault(`Invalid step parameter wrong for secret ${ARN}`))
  await assert.rejects(
    run(rig.secrets, 'v2', ['createSecret'], { outside: undefined }),
    fault('This server calls no webhooks'),
  )
})

test('property: any key that a receiver makes comes back as it is', async () => {
  await using rig = await setUp()
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((one) => !one.includes('\0') && one.isWellFormed())
  let n = 10
  await fc.assert(
    fc.asyncProperty(text, async (apiKey) => {
      const token = `v${n++}`
      rig.secrets.begin(ARN, token)
      rig.receiver.answer = ({ step }) => (step === 'createSecret' ? { apiKey } : {})
      await run(rig.secrets, token)
      assert.equal(rig.secrets.json(ARN, 'AWSCURRENT').apiKey, apiKey)
    }),
    { numRuns: 6 },
  )
})

test('a dry run looks at both secrets and tells nobody', async () => {
  await using rig = await setUp()
  const found: string[] = []
  await run(rig.secrets, 'v2', ['dryRun'], { found: ({ state, what }) => void found.push(`${state} ${what}`) })
  assert.equal(found.length, 2)
  assert.ok(found.every((line) => line.startsWith('ok ')))
  assert.deepEqual(rig.receiver.raw, [])
  await using wrong = await setUp({ signing: { webhook: 'https://elsewhere.example.com/' } })
  await assert.rejects(run(wrong.secrets, 'v2', ['dryRun']), fault(/is for another webhook/))
})
