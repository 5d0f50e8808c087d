import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { start } from '../../start.ts'
import { refused, region } from '../session.ts'

/** Rates of section 14, through the SDK without its retries. The clock stands still but for what the tests let pass. */

const server = await start({
  standing: true,
  requestRates: [
    { operations: ['GetSecretValue'], perSecond: 3 },
    { operations: ['TagResource', 'UntagResource'], perSecond: 2 },
  ],
})
const secrets = new SecretsManager({
  endpoint: server.url,
  region,
  credentials: server.credentials,
  maxAttempts: 1,
})
after(async () => {
  secrets.destroy()
  await server[Symbol.asyncDispose]()
})

const SecretId = 'often'
await secrets.createSecret({ Name: SecretId, SecretString: 'x' })
const tooFast = (answer: Promise<unknown>) => refused(answer, 'ThrottlingException', 'Rate exceeded')

test('beyond its rate an operation answers ThrottlingException, status 400, Rate exceeded; a second later it answers again', async () => {
  for (let n = 0; n < 3; n++) await secrets.getSecretValue({ SecretId })
  await tooFast(secrets.getSecretValue({ SecretId }))
  await server.clock.advance({ seconds: 1 })
  for (let n = 0; n < 3; n++) await secrets.getSecretValue({ SecretId })
  await tooFast(secrets.getSecretValue({ SecretId }))
})

test('operations that AWS counts together share a rate; what has none is not counted', async () => {
  await server.clock.advance({ seconds: 1 })
  await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: '1' }] })
  await secrets.untagResource({ SecretId, TagKeys: ['a'] })
  await tooFast(secrets.tagResource({ SecretId, Tags: [{ Key: 'b', Value: '1' }] }))
  await tooFast(secrets.untagResource({ SecretId, TagKeys: ['a'] }))
  assert.deepEqual((await secrets.describeSecret({ SecretId })).Tags, [])
  for (let n = 0; n < 10; n++) await secrets.describeSecret({ SecretId })
})

test('what breaks a constraint is told that, and does not count', async () => {
  await server.clock.advance({ seconds: 1 })
  for (let n = 0; n < 5; n++) await refused(secrets.getSecretValue({ SecretId: '' }), 'ValidationException')
  for (let n = 0; n < 3; n++) await secrets.getSecretValue({ SecretId })
})

test('the SDK waits and tries again by itself', async () => {
  await using running = await start({ requestRates: [{ operations: ['GetRandomPassword'], perSecond: 5 }] })
  const client = new SecretsManager({ endpoint: running.url, region, credentials: running.credentials, maxAttempts: 8 })
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.getRandomPassword({})))
  client.destroy()
  assert.equal(answers.filter(({ RandomPassword }) => RandomPassword?.length === 32).length, 8)
})
