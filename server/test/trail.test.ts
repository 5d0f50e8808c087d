import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CloudTrailClient, LookupEventsCommand } from '@aws-sdk/client-cloudtrail'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { type Postgres, postgresMissing, startPostgres } from './postgres.ts'
import { type Started, type StartOptions, start } from './start.ts'

const clients = ({ url, credentials }: Started) => {
  const config = { endpoint: url, region: 'us-east-1', credentials }
  return { secrets: new SecretsManagerClient(config), trail: new CloudTrailClient(config) }
}

/** "Who read secret X, from where, and which version?": the question of issue 7, asked with AWS's own client. */
async function question(options: StartOptions): Promise<void> {
  await using server = await start(options)
  const { secrets, trail } = clients(server)
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: 'prod/db', SecretString: 'one' }))
  const { VersionId } = await secrets.send(new PutSecretValueCommand({ SecretId: 'prod/db', SecretString: 'two' }))
  await secrets.send(new CreateSecretCommand({ Name: 'other', SecretString: 'x' }))
  await secrets.send(new GetSecretValueCommand({ SecretId: 'prod/db' }))
  await secrets.send(new GetSecretValueCommand({ SecretId: 'other' }))
  const { Events = [] } = await trail.send(
    new LookupEventsCommand({ LookupAttributes: [{ AttributeKey: 'ResourceName', AttributeValue: ARN }] }),
  )
  assert.deepEqual(
    Events.map(({ EventName, Username }) => [EventName, Username]),
    [
      ['GetSecretValue', 'root'],
      ['PutSecretValue', 'root'],
      ['CreateSecret', 'root'],
    ],
  )
  const { sourceIPAddress, additionalEventData, userIdentity } = JSON.parse(Events[0]?.CloudTrailEvent ?? '{}')
  assert.deepEqual([sourceIPAddress, additionalEventData], ['127.0.0.1', { SecretId: ARN, SecretVersionId: VersionId }])
  assert.equal(userIdentity.arn, `arn:aws:iam::${server.account}:root`)
  // whoever runs the server asks by name, and of all that happened
  const byName = await server.inside.reading.lookup({ attributes: [{ key: 'Name', value: 'prod/db' }], limit: 10 })
  assert.equal(byName.records.length, 3)
  const calls = await server.inside.reading.usage.usage({
    from: 0,
    to: 1e15,
    by: ['operation'],
    source: 'secretsmanager.amazonaws.com',
  })
  assert.deepEqual(Object.fromEntries(calls.map(({ keys, calls: n }) => [keys[0], n])), {
    CreateSecret: 2,
    GetSecretValue: 2,
    PutSecretValue: 1,
  })
}

test('memory: who read a secret, from where, and which version', () => question({}))
test('sqlite: who read a secret, from where, and which version', () => question({ engine: 'file' }))

const missing = postgresMissing()
if (missing === undefined) {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres[Symbol.asyncDispose]())
  test('postgres: who read a secret, from where, and which version', async () =>
    question({ engine: { postgres: await postgres.database() } }))
}
