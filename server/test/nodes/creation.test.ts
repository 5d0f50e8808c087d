import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { start } from '../start.ts'

const ROUNDS = 60
/** What may be answered to who makes a secret that others make and delete. Source: secretsmanager.md 8.3, 6. */
const TAKEN = 'ResourceExistsException'

test('PostgreSQL: who makes a secret that others make and delete for good is told that it is there, and never of a unique key', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using postgres = await startPostgres()
  await using server = await start({ engine: { postgres: await postgres.database() } })
  const client = new SecretsManager({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: server.credentials,
    maxAttempts: 1,
  })
  const Name = 'app/contended'
  const told = new Map<string, number>()
  const noted = (what: string) => told.set(what, (told.get(what) ?? 0) + 1)
  const make = async () => {
    for (let round = 0; round < ROUNDS; round++)
      await client.createSecret({ Name, SecretString: String(round) }).then(
        () => noted('made'),
        (error: Error) => noted(error.name),
      )
  }
  const remove = async () => {
    for (let round = 0; round < ROUNDS; round++)
      await client.deleteSecret({ SecretId: Name, ForceDeleteWithoutRecovery: true }).then(
        () => noted('removed'),
        (error: Error) => noted(error.name),
      )
  }
  await Promise.all([make(), make(), make(), make(), make(), remove(), remove(), remove()])
  client.destroy()
  const { made = 0, removed, [TAKEN]: taken = 0, ...others } = Object.fromEntries(told)
  assert.deepEqual(others, {})
  assert.equal(removed, 3 * ROUNDS)
  assert.equal(made + taken, 5 * ROUNDS)
  assert.ok(made > 1, `made ${made}`)
})
