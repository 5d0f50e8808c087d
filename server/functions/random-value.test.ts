import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomRotation } from './random-value.ts'
import { FakeSecrets, run, STEPS } from './test/fake-secrets.ts'
import { fault } from './test/fault.ts'

const ARN = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app/token-AbCdEf'
const event = (token: string) => ({ SecretId: ARN, ClientRequestToken: token })

function setUp(value = 'the first one'): FakeSecrets {
  const secrets = new FakeSecrets()
  secrets.put(ARN, 'v1', value, 'AWSCURRENT')
  secrets.begin(ARN, 'v2')
  return secrets
}

test('a text becomes another random text, by the policy of the environment', async () => {
  const secrets = setUp()
  const lines = await run(randomRotation, secrets, event('v2'), STEPS, {
    PASSWORD_LENGTH: '64',
    EXCLUDE_CHARACTERS: '',
  })
  const value = secrets.text(ARN, 'AWSCURRENT')
  assert.equal(value.length, 64)
  assert.equal(secrets.asked[0]?.ExcludeCharacters, '')
  assert.equal(secrets.text(ARN, 'AWSPREVIOUS'), 'the first one')
  assert.ok(!lines.join().includes(value))
})

test('after a crash behind any step the same token has the same value', async () => {
  for (let done = 1; done <= STEPS.length; done++) {
    const secrets = setUp()
    await run(randomRotation, secrets, event('v2'), STEPS.slice(0, done))
    await run(randomRotation, secrets, event('v2'))
    assert.equal(secrets.asked.length, 1)
    assert.deepEqual(secrets.stages(ARN), { v1: ['AWSPREVIOUS'], v2: ['AWSCURRENT', 'AWSPENDING'] })
  }
})

test('a test of the configuration, with a copy of the current value, passes', async () => {
  const secrets = setUp()
  secrets.put(ARN, 'v2', 'the first one', 'AWSPENDING')
  await run(randomRotation, secrets, event('v2'), ['testSecret'])
})

test('objects and lists are left alone; numbers and words are texts like any other', async () => {
  for (const value of ['{}', '{"password":"x"}', '[1]', ' {"a":1} '])
    await assert.rejects(run(randomRotation, setUp(value), event('v2')), fault(/is a JSON object or list/))
  for (const value of ['7', '"text"', 'null', '{', 'true', ''])
    assert.equal((await run(randomRotation, setUp(value), event('v2'))).length, 3)
  const empty = setUp()
  empty.put(ARN, 'v2', '', 'AWSPENDING')
  await assert.rejects(run(randomRotation, empty, event('v2'), ['testSecret']), fault(/is empty$/))
  await assert.rejects(
    run(randomRotation, setUp(), event('v2'), ['wrong']),
    fault(`Invalid step parameter wrong for secret ${ARN}`),
  )
  await assert.rejects(run(randomRotation, setUp(), event('v3')), fault(/has no stage for rotation/))
})

test('a dry run says how long the text would be, and makes none', async () => {
  const secrets = setUp()
  await run(randomRotation, secrets, event('v2'), ['dryRun'], { PASSWORD_LENGTH: '50' })
  assert.deepEqual(secrets.asked, [])
  await assert.rejects(run(randomRotation, setUp('{}'), event('v2'), ['dryRun']), fault(/is a JSON object or list/))
})
