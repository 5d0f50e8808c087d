import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { allow, deny, documentOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { bootstrap } from '../../iam/accounts.ts'
import { ownServer } from '../test/own.ts'

/* RollBackSecret against a started server whose clock stands still, the changes made by the official client. */

const { server, clients, own, person } = await ownServer(6, 'operator')

const id = (name: string) => name.padEnd(36, '-')
const later = () => server.clock.advance({ seconds: 1 })
const moment = () => new Date(server.clock.now()).toISOString()

/** A secret with the values v1, v2, …, a second between them; answers the time at which each was current. */
async function made(Name: string, ...values: string[]): Promise<string[]> {
  const times: string[] = []
  for (const [at, SecretString] of values.entries()) {
    const ClientRequestToken = id(`${Name}-v${at + 1}`)
    if (at === 0) await clients.secrets.createSecret({ Name, SecretString, ClientRequestToken })
    else await clients.secrets.putSecretValue({ SecretId: Name, SecretString, ClientRequestToken })
    times.push(moment())
    await later()
  }
  return times
}

const value = async (SecretId: string, VersionStage = 'AWSCURRENT') =>
  (await clients.secrets.getSecretValue({ SecretId, VersionStage })).SecretString
const back = (SecretId: string, To: string, ClientRequestToken: string = randomUUID()) =>
  own('RollBackSecret', { SecretId, To, ClientRequestToken })

test('an old version comes back as a new one: it is AWSCURRENT, what was current is AWSPREVIOUS, the old one stays as it is', async () => {
  await made('a', 'one', 'two', 'three')
  const ClientRequestToken = randomUUID()
  const answer = await back('a', id('a-v1'), ClientRequestToken)
  const { ARN } = await clients.secrets.describeSecret({ SecretId: 'a' })
  assert.deepEqual(answer, {
    ARN,
    Name: 'a',
    VersionId: ClientRequestToken,
    VersionStages: ['AWSCURRENT'],
    FromVersionId: id('a-v1'),
  })
  assert.equal(await value('a'), 'one')
  assert.equal(await value('a', 'AWSPREVIOUS'), 'three')
  const described = await clients.secrets.describeSecret({ SecretId: 'a' })
  assert.deepEqual(described.VersionIdsToStages, {
    [ClientRequestToken]: ['AWSCURRENT'],
    [id('a-v3')]: ['AWSPREVIOUS'],
  })
  assert.equal(described.LastChangedDate?.getTime(), server.clock.now())
})

test('a label and a time name versions too; AWSPREVIOUS twice is where one was', async () => {
  const [, second = ''] = await made('b', 'one', 'two', 'three')
  await back('b', 'AWSPREVIOUS')
  assert.equal(await value('b'), 'two')
  await later()
  await back('b', 'AWSPREVIOUS')
  assert.equal(await value('b'), 'three')
  await later()
  assert.equal((await back('b', second)).FromVersionId, id('b-v2'))
  assert.equal(await value('b'), 'two')
})

test('a call that comes again with its token answers as the first did, though its label is on another version by then', async () => {
  await made('c', 'one', 'two')
  const ClientRequestToken = randomUUID()
  const first = await back('c', 'AWSPREVIOUS', ClientRequestToken)
  await later()
  assert.deepEqual(await back('c', 'AWSPREVIOUS', ClientRequestToken), first)
  assert.equal(await value('c'), 'one')
  assert.equal(await value('c', 'AWSPREVIOUS'), 'two')
  await own.refused(
    'ResourceExistsException',
    /^You can't use ClientRequestToken .* because that value is already in use for a version of secret /,
    'RollBackSecret',
    { SecretId: 'c', To: id('c-v2'), ClientRequestToken },
  )
})

test('bytes stay bytes', async () => {
  await clients.secrets.createSecret({ Name: 'bytes', SecretBinary: Buffer.from([0, 255]) })
  await clients.secrets.putSecretValue({ SecretId: 'bytes', SecretString: 'text' })
  await back('bytes', 'AWSPREVIOUS')
  const { SecretBinary, SecretString } = await clients.secrets.getSecretValue({ SecretId: 'bytes' })
  assert.deepEqual([...(SecretBinary ?? [])], [0, 255])
  assert.equal(SecretString, undefined)
})

test('a version that AWS would have forgotten comes back from the history', async () => {
  await made('pruned', 'one', 'two', 'three', 'four', 'five', 'six')
  await server.clock.advance({ days: 2 })
  await clients.secrets.putSecretValue({ SecretId: 'pruned', SecretString: 'seven' })
  await later()
  await assert.rejects(clients.secrets.getSecretValue({ SecretId: 'pruned', VersionId: id('pruned-v1') }), {
    name: 'ResourceNotFoundException',
  })
  assert.equal((await back('pruned', id('pruned-v1'))).FromVersionId, id('pruned-v1'))
  assert.equal(await value('pruned'), 'one')
})

test('what is not there, not then, or current already is refused, and changes nothing', async () => {
  await made('d', 'one', 'two')
  const refused = (code: string, text: string | RegExp, input: object) =>
    own.refused(code, text, 'RollBackSecret', { SecretId: 'd', ClientRequestToken: randomUUID(), ...input })
  await refused(
    'InvalidRequestException',
    `You can't roll the secret back to version ${id('d-v2')} because it is the current version.`,
    { To: 'AWSCURRENT' },
  )
  await refused(
    'ResourceNotFoundException',
    "Secrets Manager can't find the specified secret value for staging label: NOBODY",
    { To: 'NOBODY' },
  )
  await refused('ResourceNotFoundException', /VersionId: none/, { To: id('none') })
  await refused('ResourceNotFoundException', /./, { To: '2001-01-01T00:00:00Z' })
  await refused('InvalidParameterException', /./, { To: '2101-01-01T00:00:00Z' })
  // no day of a calendar: not what was current on 2 March
  await refused('ResourceNotFoundException', /staging label: 2026-02-30T00:00:00Z$/, { To: '2026-02-30T00:00:00Z' })
  await refused('ResourceNotFoundException', "Secrets Manager can't find the specified secret.", {
    SecretId: 'nothing',
    To: 'AWSPREVIOUS',
  })
  await own.refused(
    'InvalidRequestException',
    'You must provide a ClientRequestToken value. We recommend a UUID-type value.',
    'RollBackSecret',
    { SecretId: 'd', To: 'AWSPREVIOUS' },
  )
  assert.equal(await value('d'), 'two')
  await clients.secrets.deleteSecret({ SecretId: 'd' })
  await refused('InvalidRequestException', /marked for deletion/, { To: 'AWSPREVIOUS' })
})

test('it needs an action of its own and PutSecretValue, and no permission to read; a Deny of either wins', async () => {
  await made('e', 'one', 'two')
  const input = () => ({ SecretId: 'e', To: 'AWSPREVIOUS', ClientRequestToken: randomUUID() })
  const asks = () => own.raw('RollBackSecret', input(), person.credentials)
  const kms = allow(['kms:Decrypt', 'kms:GenerateDataKey'])
  await person.may(kms, allow('secretsmanager:*'))
  assert.match((await asks()).json.Message, /is not authorized to perform: strongroom:RollBackSecret on resource: e /)
  await person.may(kms, allow('strongroom:*'))
  assert.match(
    (await asks()).json.Message,
    /is not authorized to perform: secretsmanager:PutSecretValue on resource: e /,
  )
  await person.may(kms, allow(['strongroom:RollBackSecret', 'secretsmanager:PutSecretValue']))
  const { status, text } = await asks()
  assert.equal(status, 200, text)
  assert.equal(await value('e'), 'one')
  await assert.rejects(person.secrets.getSecretValue({ SecretId: 'e' }), { name: 'AccessDeniedException' })
  const ResourcePolicy = documentOf(deny('strongroom:RollBackSecret', '*', { Principal: { AWS: person.arn } }))
  await clients.secrets.putResourcePolicy({ SecretId: 'e', ResourcePolicy })
  assert.match((await asks()).json.Message, /with an explicit deny in a resource-based policy$/)
})

test('who may not roll back does not learn whether there is such a secret', async () => {
  await person.may(allow('secretsmanager:PutSecretValue'))
  const texts: string[] = []
  for (const SecretId of ['d', 'x']) {
    const { json } = await own.raw('RollBackSecret', { SecretId, To: 'AWSPREVIOUS' }, person.credentials)
    texts.push(json.Message.replace(/resource: \w/, 'resource: '))
  }
  assert.equal(texts[0], texts[1])
})

test('the history names who did it, and no record of the trail holds a value', async () => {
  await made('f', 'canary-one', 'canary-two')
  await person.may(
    allow(['kms:Decrypt', 'kms:GenerateDataKey']),
    allow(['strongroom:RollBackSecret', 'secretsmanager:PutSecretValue']),
  )
  const { VersionId } = await own(
    'RollBackSecret',
    { SecretId: 'f', To: 'AWSPREVIOUS', ClientRequestToken: randomUUID() },
    person.credentials,
  )
  const { Entries } = await own('ListSecretHistory', { SecretId: 'f', MaxResults: 1 })
  assert.equal(Entries[0].EventName, 'RollBackSecret')
  assert.equal(Entries[0].PrincipalArn, person.arn)
  assert.equal(Entries[0].VersionId, VersionId)
  assert.doesNotMatch(server.log(), /canary-/)
})

test('across accounts: by its ARN, with a policy on the secret and on its key, as AWS’s operations', async () => {
  const { storage, vault } = server.inside
  const random = systemRandom
  const other = await bootstrap({ storage, vault, random, now: server.clock.now(), account: '444455556666' })
  const keys = {
    accessKeyId: other.accessKeyId ?? '',
    secretAccessKey: other.secretAccessKey?.reveal() ?? '',
  }
  const Principal = { AWS: '444455556666' }
  const Policy = documentOf(
    allow('kms:*', '*', { Principal: { AWS: '111122223333' } }),
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], '*', { Principal }),
  )
  const { KeyMetadata } = await clients.kms.createKey({ Policy })
  const { ARN: SecretId } = await clients.secrets.createSecret({
    ...{ Name: 'shared', SecretString: 'one', KmsKeyId: KeyMetadata?.Arn },
  })
  await clients.secrets.putSecretValue({ SecretId, SecretString: 'two' })
  await later()
  const input = () => ({ SecretId, To: 'AWSPREVIOUS', ClientRequestToken: randomUUID() })
  await own.refused('AccessDeniedException', /no resource-based policy allows/, 'RollBackSecret', input(), keys)
  const share = (...actions: string[]) =>
    clients.secrets.putResourcePolicy({ SecretId, ResourcePolicy: documentOf(allow(actions, '*', { Principal })) })
  await share('secretsmanager:PutSecretValue')
  await own.refused('AccessDeniedException', /strongroom:RollBackSecret/, 'RollBackSecret', input(), keys)
  await share('secretsmanager:PutSecretValue', 'strongroom:RollBackSecret')
  assert.equal((await own('RollBackSecret', input(), keys)).ARN, SecretId)
  assert.equal(await value('shared'), 'one')
})
