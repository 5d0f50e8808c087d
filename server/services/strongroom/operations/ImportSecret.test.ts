import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { allow, deny, personOf, type Wire, wireOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf, type Credentials } from '../../../test/conformance/session.ts'
import { type Started, start } from '../../../test/start.ts'

/* ImportSecret against a started server: on the wire, who may, and what the trail keeps. What it does: secretsmanager/moving. */

let server: Started
let clients: ReturnType<typeof clientsOf>
let wire: Wire

const send = (input: object, keys?: Credentials) =>
  wire.send(
    {
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'strongroom.ImportSecret' },
      body: JSON.stringify(input),
    },
    { service: 'strongroom', ...(keys && { keys }) },
  )

const ID = 'version-0000-0000-0000-000000000001'
const CANARY = 'canary-9Kx'
const whole = (Name: string, more: object = {}) => ({
  Name,
  Versions: [
    { VersionId: `${ID}0`, CreatedDate: 1_700_000_000.5, SecretString: `${CANARY} old` },
    { VersionId: ID, CreatedDate: 1_750_000_000, SecretBinary: 'AP8=', VersionStages: ['AWSCURRENT', 'MINE'] },
  ],
  ...more,
})

before(async () => {
  server = await start()
  clients = clientsOf(server, server.credentials)
  wire = wireOf(server)
})
after(async () => {
  clients.destroy()
  await server[Symbol.asyncDispose]()
})

test('ImportSecret on the wire: moments are seconds, bytes base64, and the SDK reads what came', async () => {
  const { status, json } = await send(whole('wire/a'))
  assert.equal(status, 200)
  assert.deepEqual(Object.keys(json).sort(), ['ARN', 'Name', 'Outcome'])
  const read = await clients.secrets.getSecretValue({ SecretId: json.ARN, VersionStage: 'MINE' })
  assert.deepEqual([...(read.SecretBinary ?? [])], [0, 255])
  assert.deepEqual(read.CreatedDate, new Date(1_750_000_000_000))
  const old = await clients.secrets.getSecretValue({ SecretId: json.ARN, VersionId: `${ID}0` })
  assert.deepEqual([old.SecretString, old.VersionStages], [`${CANARY} old`, undefined])
  assert.equal((await send(whole('wire/a'))).json.Outcome, 'Unchanged')
})

test('ImportSecret takes what a secret of AWS can have, 100 versions of 64 KiB, and no more in one value', async () => {
  const versions = Array.from({ length: 100 }, (_, at) => ({
    VersionId: `${ID}${at}`,
    CreatedDate: 1_700_000_000 + at,
    SecretString: 'x'.repeat(65_536),
    VersionStages: at === 99 ? ['AWSCURRENT'] : [],
  }))
  const { status, json } = await send({ Name: 'wire/large', Versions: versions })
  assert.deepEqual([status, json.Outcome], [200, 'Created'])
  const long = await send({ Name: 'wire/long', Versions: [{ SecretString: `${CANARY}${'x'.repeat(65_536)}` }] })
  assert.deepEqual([long.status, long.json.__type], [400, 'ValidationException'])
  assert.doesNotMatch(JSON.stringify(long.json), new RegExp(CANARY))
})

test('ImportSecret needs its own permission and those of AWS that the same would need; each Deny counts', async () => {
  const person = await personOf(server, clients, 'mover')
  const refused = async (input: object, action: string) => {
    const { status, json } = await send(input, person.credentials)
    assert.deepEqual([status, json.__type], [400, 'AccessDeniedException'], JSON.stringify(json))
    assert.match(json.Message, new RegExp(`perform: ${action} `))
  }
  const own = allow('strongroom:ImportSecret')
  const keys = allow(['kms:GenerateDataKey', 'kms:Decrypt'])
  await person.may(keys, allow('secretsmanager:*'))
  await refused(whole('may/a'), 'strongroom:ImportSecret')
  await person.may(keys, own)
  await refused(whole('may/a'), 'secretsmanager:CreateSecret')
  await person.may(keys, own, allow('secretsmanager:CreateSecret'))
  await refused(whole('may/a', { Tags: [{ Key: 'a', Value: 'b' }] }), 'secretsmanager:TagResource')
  assert.equal((await send(whole('may/a'), person.credentials)).json.Outcome, 'Created')
  // whether there is such a secret makes no difference to who may not overwrite
  for (const name of ['may/a', 'may/none'])
    await refused(whole(name, { OnConflict: 'Overwrite' }), 'secretsmanager:PutSecretValue')
  await person.may(
    keys,
    own,
    allow('secretsmanager:*'),
    deny('secretsmanager:CreateSecret', 'arn:aws:secretsmanager:*:*:secret:may/no*'),
  )
  await refused(whole('may/no'), 'secretsmanager:CreateSecret')
  const statement = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:PutSecretValue', Resource: '*' }
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  await clients.secrets.putResourcePolicy({ SecretId: 'may/a', ResourcePolicy })
  await refused(whole('may/a', { OnConflict: 'Overwrite' }), 'secretsmanager:PutSecretValue')
  await person.may(own, allow('secretsmanager:*'), deny('kms:GenerateDataKey'))
  const { json } = await send(whole('may/key', { KmsKeyId: 'alias/aws/secretsmanager' }), person.credentials)
  assert.match(json.Message, /Access to KMS is not allowed/)
})

test('a caller does not take his own access away by tags or a policy that he imports', async () => {
  const person = await personOf(server, clients, 'tagged')
  const more = { StringEquals: { 'aws:ResourceTag/team': 'blue' } }
  await clients.secrets.createSecret({
    Name: 'guard/a',
    SecretString: 'x',
    Tags: [{ Key: 'team', Value: 'blue' }],
  })
  await person.may(allow(['strongroom:*', 'secretsmanager:*'], '*', { Condition: more }), allow('kms:*'))
  const red = { Name: 'guard/a', OnConflict: 'Overwrite', Tags: [{ Key: 'team', Value: 'red' }] }
  const tags = await send(red, person.credentials)
  assert.deepEqual([tags.status, tags.json.__type], [400, 'AccessDeniedException'], JSON.stringify(tags.json))
  const statement = { Effect: 'Deny', Principal: '*', Action: 'secretsmanager:PutResourcePolicy', Resource: '*' }
  const ResourcePolicy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const policy = await send({ Name: 'guard/a', OnConflict: 'Overwrite', ResourcePolicy }, person.credentials)
  assert.match(policy.json.Message, /will not allow you to manage this secret/)
})

test('the log keeps no value of an import', () => {
  assert.doesNotMatch(server.log(), new RegExp(CANARY))
})
