import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { selfSigned } from '../certificate.ts'
import { redisMissing, startRedis } from '../redis.ts'
import { start } from '../start.ts'
import { clientsOf, labelsOf, version } from './session.ts'

/**
 * Rotation on a real Redis as its users see it: the unmodified SDK, a started server. A user has its old password for one more
 * period. Source: rotation.md 8.6, beyond AWS.
 */

const skip = redisMissing() ?? false

interface Login {
  readonly username: string
  readonly password: string
}

test('one user over TLS: at once, then on schedule, by the policy and the authority of the server', {
  skip,
}, async () => {
  const home = mkdtempSync(join(tmpdir(), 'strongroom-policy-'))
  const tls = selfSigned()
  writeFileSync(join(home, 'ca.pem'), tls.certificate)
  const environmentPath = join(home, 'environment.json')
  writeFileSync(
    environmentPath,
    JSON.stringify({
      DB_CA_FILE: 'ca.pem',
      SecretsManagerRedisRotationSingleUser: { PASSWORD_LENGTH: 48, EXCLUDE_PUNCTUATION: true },
    }),
  )
  try {
    await using server = await start({ functions: { environmentPath, webhookPrivateHosts: [] } })
    await using redis = await startRedis({ userFile: true, tls })
    const { secrets, destroy } = clientsOf(server)
    await redis.run('ACL', 'SETUSER', 'app', 'on', '>first', '~app:*', '+@read', '+@write')
    const place = { engine: 'valkey', host: 'localhost', port: redis.port, ssl: true }
    const { ARN: masterarn } = await secrets.createSecret({
      Name: 'master',
      SecretString: JSON.stringify({ ...place, ...redis.root }),
    })
    const SecretId = 'app/cache'
    await secrets.createSecret({
      Name: SecretId,
      ClientRequestToken: version(1),
      SecretString: JSON.stringify({ ...place, username: 'app', password: 'first', masterarn }),
    })
    const current = async () => JSON.parse((await secrets.getSecretValue({ SecretId })).SecretString as string) as Login
    const accepted = (...passwords: string[]) => Promise.all(passwords.map((one) => redis.accepts('app', one)))
    await secrets.rotateSecret({
      SecretId,
      ClientRequestToken: version(2),
      RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRedisRotationSingleUser`,
      RotationRules: { AutomaticallyAfterDays: 30 },
    })
    await server.clock.advance({ seconds: 1 })
    const second = await current()
    assert.match(second.password, /^[A-Za-z0-9]{48}$/)
    assert.deepEqual(await accepted('first', second.password), [true, true])
    assert.deepEqual(await labelsOf(secrets, SecretId), {
      [version(1)]: ['AWSPREVIOUS'],
      [version(2)]: ['AWSCURRENT', 'AWSPENDING'],
    })
    await server.clock.advance({ days: 31 })
    const third = await current()
    assert.notEqual(third.password, second.password)
    assert.deepEqual(await accepted('first', second.password, third.password), [false, true, true])
    for (const hidden of [second.password, third.password, redis.root.password])
      assert.ok(!server.log().includes(hidden))
    destroy()
  } finally {
    rmSync(home, { recursive: true })
  }
})

test('two users in turn', { skip }, async () => {
  await using server = await start()
  await using redis = await startRedis({ userFile: true })
  const { secrets, destroy } = clientsOf(server)
  await redis.run('ACL', 'SETUSER', 'app', 'on', '>first', '~app:*', '+@read', '(~other +get)')
  const place = { engine: 'redis', host: redis.host, port: redis.port }
  const { ARN: masterarn } = await secrets.createSecret({
    Name: 'master',
    SecretString: JSON.stringify({ ...place, ...redis.root }),
  })
  const SecretId = 'app/cache'
  const first = { username: 'app', password: 'first' }
  await secrets.createSecret({ Name: SecretId, SecretString: JSON.stringify({ ...place, ...first, masterarn }) })
  const current = async () => JSON.parse((await secrets.getSecretValue({ SecretId })).SecretString as string) as Login
  const accepted = (...logins: Login[]) =>
    Promise.all(logins.map(({ username, password }) => redis.accepts(username, password)))
  await secrets.rotateSecret({
    SecretId,
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:SecretsManagerRedisRotationMultiUser`,
    RotationRules: { ScheduleExpression: 'rate(10 days)' },
  })
  await server.clock.advance({ seconds: 1 })
  const second = await current()
  assert.equal(second.username, 'app_clone')
  assert.deepEqual(await accepted(first, second), [true, true])
  await server.clock.advance({ days: 11 })
  const third = await current()
  assert.equal(third.username, 'app')
  assert.deepEqual(await accepted(first, second, third), [false, true, true])
  destroy()
})

test('a text that is kept nowhere else becomes another one', async () => {
  await using server = await start()
  const { secrets, destroy } = clientsOf(server)
  await secrets.createSecret({ Name: 'token', SecretString: 'the first one' })
  await secrets.rotateSecret({
    SecretId: 'token',
    RotationLambdaARN: `arn:aws:lambda:us-east-1:${server.account}:function:StrongroomRandomRotation`,
    RotationRules: { AutomaticallyAfterDays: 1 },
  })
  await server.clock.advance({ seconds: 1 })
  const { SecretString = '' } = await secrets.getSecretValue({ SecretId: 'token' })
  assert.equal(SecretString.length, 32)
  await server.clock.advance({ days: 2 })
  assert.notEqual((await secrets.getSecretValue({ SecretId: 'token' })).SecretString, SecretString)
  destroy()
})
