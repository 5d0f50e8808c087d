import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateSecretCommand, RotateSecretCommand } from '@aws-sdk/client-secrets-manager'
import { start } from '../start.ts'
import { clientsOf } from './session.ts'

test('the log says at warn why a rotation failed and when it is tried next, without anything secret', async () => {
  await using server = await start()
  const { secrets, destroy } = clientsOf(server)
  try {
    const value = { engine: 'postgres', host: '127.0.0.1', port: 1, username: 'app', password: 'the first password' }
    const { ARN = '' } = await secrets.send(
      new CreateSecretCommand({ Name: 'app/db', SecretString: JSON.stringify(value) }),
    )
    const [, , , region, account] = ARN.split(':')
    const RotationLambdaARN = `arn:aws:lambda:${region}:${account}:function:SecretsManagerRDSPostgreSQLRotationSingleUser`
    const RotationRules = { AutomaticallyAfterDays: 30 }
    await secrets.send(new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN, RotationRules }))
    await server.clock.advance({ seconds: 1 })
    const lines = server
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const failed = lines.find(({ event }) => event === 'RotationFailed')
    assert.deepEqual([failed?.level, failed?.secret, failed?.step, failed?.attempt], ['warn', ARN, 'setSecret', 1])
    assert.match(String(failed?.error), /^setSecret: OperationalError: .*ECONNREFUSED/)
    assert.ok(Date.parse(String(failed?.next)) > 0)
    assert.ok(!server.log().includes('the first password'))
  } finally {
    destroy()
  }
})
