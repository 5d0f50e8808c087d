import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../services/iam/accounts.ts'
import type { Position } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import { start } from '../start.ts'
import { clientsOf, refused, region, texts, version } from './session.ts'

/**
 * A secret shared with another account as the books say: a resource policy on the secret, a key of one's own whose policy
 * lets the other account in by Secrets Manager only (kms:ViaService), and permissions in the other account. All of it is
 * needed. Source: secretsmanager.md 7.5, 5; kms.md 13.2; access.md 6 (53 to 63).
 */

const server = await start({ engine: 'file' })
const OWNER = server.account
const OTHER = '444455556666'
const made = await bootstrap({
  storage: server.inside.storage,
  vault: server.inside.vault,
  random: systemRandom,
  now: server.clock.now(),
  account: OTHER,
})
assert.ok(made.accessKeyId !== undefined && made.secretAccessKey !== undefined)
const owner = clientsOf(server)
const other = clientsOf(server, { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() })
const reader = await person('reader')
const trail = openFileReader(join(server.directory as string, 'audit.db'))
let position: Position = new Map()
after(async () => {
  for (const clients of [owner, other, reader]) clients.destroy()
  await trail.close()
  await server[Symbol.asyncDispose]()
})

/** A user of the other account, with clients of his own. */
async function person(UserName: string) {
  await other.iam.createUser({ UserName })
  const { AccessKey } = await other.iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return clientsOf(server, { accessKeyId, secretAccessKey })
}

const READER = `arn:aws:iam::${OTHER}:user/reader`
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[], Resource: string | string[] = '*') => ({ Effect: 'Allow', Action, Resource })
const shareWith = (AWS: string, Action: string | string[], more = {}) => ({
  ...allow(Action),
  Principal: { AWS },
  ...more,
})
const viaService = {
  Condition: {
    StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com`, 'kms:CallerAccount': OTHER },
  },
}
const USE = ['kms:Decrypt', 'kms:GenerateDataKey']

/** ARNs: a key that is shared, one that is not, and a secret under each and under the default key. */
const keys = { shared: '', own: '' }
const secrets = { shared: '', ownKey: '', defaultKey: '' }

async function key(...statements: object[]): Promise<string> {
  const Policy = document(shareWith(`arn:aws:iam::${OWNER}:root`, 'kms:*'), ...statements)
  return (await owner.kms.createKey({ Policy })).KeyMetadata?.Arn ?? ''
}

async function secret(Name: string, KmsKeyId?: string): Promise<string> {
  const { ARN = '' } = await owner.secrets.createSecret({
    Name,
    SecretString: `of ${Name}`,
    ...(KmsKeyId && { KmsKeyId }),
  })
  return ARN
}

/** What the reader may do by policies of his own account; nothing when there are none. */
async function mayDo(...statements: object[]): Promise<void> {
  const user = { UserName: 'reader', PolicyName: 'own' }
  if (statements.length > 0) await other.iam.putUserPolicy({ ...user, PolicyDocument: document(...statements) })
  else await other.iam.deleteUserPolicy(user)
}

const share = (SecretId: string, ...statements: object[]) =>
  owner.secrets.putResourcePolicy({ SecretId, ResourcePolicy: document(...statements), BlockPublicPolicy: true })

const noKms = 'Access to KMS is not allowed'
/** Recorded, secretsmanager.md 5; access.md 6, case 60 infers another answer. */
const noDefaultKey =
  "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key."
const silent = (kind: string, SecretId: string, action = 'GetSecretValue') =>
  `User: ${READER} is not authorized to perform: secretsmanager:${action} on resource: ${SecretId} because no ${kind} policy allows the secretsmanager:${action} action`

before(async () => {
  keys.shared = await key(shareWith(OTHER, USE, viaService))
  keys.own = await key()
  secrets.shared = await secret('shared', keys.shared)
  secrets.ownKey = await secret('own-key', keys.own)
  secrets.defaultKey = await secret('default-key')
})

test('reading takes the resource policy, the key’s policy and both permissions of one’s own: none can be missing', async () => {
  const SecretId = secrets.shared
  const read = (id = SecretId) => reader.secrets.getSecretValue({ SecretId: id })
  const get = allow('secretsmanager:GetSecretValue', SecretId)
  const use = allow(USE, keys.shared)

  await mayDo(get, use)
  await refused(read(), 'AccessDeniedException', silent('resource-based', SecretId))
  await share(SecretId, shareWith(READER, 'secretsmanager:GetSecretValue'))
  assert.equal((await read()).SecretString, 'of shared')
  assert.equal((await read()).ARN, SecretId)

  await mayDo(use)
  await refused(read(), 'AccessDeniedException', silent('identity-based', SecretId))
  await mayDo(get)
  await refused(read(), 'AccessDeniedException', noKms)
  await mayDo(allow('*'))
  for (const id of [secrets.ownKey, secrets.defaultKey]) {
    await refused(read(id), 'AccessDeniedException', silent('resource-based', id))
    await share(id, shareWith(OTHER, 'secretsmanager:*'))
    if (id === secrets.defaultKey) await refused(read(id), 'InvalidRequestException', noDefaultKey)
    else await refused(read(id), 'AccessDeniedException', noKms)
  }

  // Another user of that account was not named.
  const second = await person('second')
  await other.iam.putUserPolicy({ UserName: 'second', PolicyName: 'all', PolicyDocument: document(allow('*')) })
  await refused(second.secrets.getSecretValue({ SecretId }), 'AccessDeniedException', /no resource-based policy allows/)
  second.destroy()
})

test('the key serves the other account by Secrets Manager only', async () => {
  await mayDo(allow('*'))
  await refused(reader.kms.generateDataKey({ KeyId: keys.shared, KeySpec: 'AES_256' }), 'AccessDeniedException')
  await refused(reader.kms.describeKey({ KeyId: keys.shared }), 'AccessDeniedException')
})

test('a name means a secret of one’s own account, and lists stay there', async () => {
  await mayDo(allow('*'))
  await refused(reader.secrets.getSecretValue({ SecretId: 'shared' }), 'ResourceNotFoundException', texts.noSecret)
  assert.deepEqual((await reader.secrets.listSecrets({})).SecretList, [])
})

test('another account writes what it may: versions and metadata are the owner’s, under the owner’s key', async () => {
  const SecretId = secrets.shared
  await mayDo(allow('*'))
  const written = ['secretsmanager:PutSecretValue', 'secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']
  const put = () => reader.secrets.putSecretValue({ SecretId, SecretString: 'theirs', ClientRequestToken: version(7) })
  await refused(put(), 'AccessDeniedException', silent('resource-based', SecretId, 'PutSecretValue'))
  await share(SecretId, shareWith(READER, written))
  assert.deepEqual((await put()).VersionStages, ['AWSCURRENT'])
  assert.equal((await owner.secrets.getSecretValue({ SecretId: 'shared' })).SecretString, 'theirs')
  const { Versions = [] } = await owner.secrets.listSecretVersionIds({ SecretId })
  assert.deepEqual(Versions.find(({ VersionId }) => VersionId === version(7))?.KmsKeyIds, [keys.shared])
  assert.equal((await reader.secrets.describeSecret({ SecretId })).Name, 'shared')
  // An alias that the owner gave the secret is one of the owner's.
  await owner.kms.createAlias({ AliasName: 'alias/for-secrets', TargetKeyId: keys.shared.split('/').at(-1) })
  await owner.secrets.updateSecret({ SecretId, KmsKeyId: 'alias/for-secrets' })
  await reader.secrets.putSecretValue({ SecretId, SecretString: 'again', ClientRequestToken: version(8) })
  assert.equal((await owner.secrets.getSecretValue({ SecretId })).SecretString, 'again')
  await refused(reader.secrets.deleteSecret({ SecretId }), 'AccessDeniedException')
})

test('a batch answers what is shared, and lists the rest as errors', async () => {
  await mayDo(allow('*'))
  const missing = secrets.shared.replace('shared', 'nothing')
  const { SecretValues, Errors } = await reader.secrets.batchGetSecretValue({
    SecretIdList: [secrets.shared, secrets.defaultKey, missing],
  })
  assert.deepEqual(
    SecretValues?.map(({ ARN, SecretString }) => [ARN, SecretString]),
    [[secrets.shared, 'again']],
  )
  assert.deepEqual(Errors, [
    { SecretId: secrets.defaultKey, ErrorCode: 'InvalidRequestException', Message: noDefaultKey },
    { SecretId: missing, ErrorCode: 'AccessDeniedException', Message: silent('resource-based', missing) },
  ])
})

test('who is made again under a shared name is somebody else (access.md 7, 22)', async () => {
  const SecretId = secrets.shared
  const again = await person('again')
  const principal = `arn:aws:iam::${OTHER}:user/again`
  const everything = { PolicyName: 'all', PolicyDocument: document(allow('*')) }
  await other.iam.putUserPolicy({ UserName: 'again', ...everything })
  await share(SecretId, shareWith(principal, 'secretsmanager:GetSecretValue'))
  assert.equal((await again.secrets.getSecretValue({ SecretId })).SecretString, 'again')
  const { AccessKeyMetadata = [] } = await other.iam.listAccessKeys({ UserName: 'again' })
  for (const { AccessKeyId } of AccessKeyMetadata) await other.iam.deleteAccessKey({ UserName: 'again', AccessKeyId })
  await other.iam.deleteUserPolicy({ UserName: 'again', PolicyName: 'all' })
  await other.iam.deleteUser({ UserName: 'again' })
  const { ResourcePolicy = '' } = await owner.secrets.getResourcePolicy({ SecretId })
  assert.match(JSON.parse(ResourcePolicy).Statement[0].Principal.AWS, /^AIDA/)
  const namesake = await person('again')
  await other.iam.putUserPolicy({ UserName: 'again', ...everything })
  await refused(
    namesake.secrets.getSecretValue({ SecretId }),
    'AccessDeniedException',
    /no resource-based policy allows/,
  )
  for (const clients of [again, namesake]) clients.destroy()
})

test('policies are refused and listed in AWS’s words through the SDK', async () => {
  const SecretId = secrets.shared
  const put = (ResourcePolicy: string, more = {}) =>
    owner.secrets.putResourcePolicy({ SecretId, ResourcePolicy, ...more })
  await refused(put('{'), 'MalformedPolicyDocumentException', 'This resource policy contains a syntax error.')
  await refused(put('{}'), 'MalformedPolicyDocumentException', 'This policy has invalid syntax.')
  await refused(
    put(document(shareWith(`arn:aws:iam::${OTHER}:user/nobody`, 'secretsmanager:*'))),
    'MalformedPolicyDocumentException',
    'This resource policy contains an unsupported principal.',
  )
  const broad = document(shareWith('*', 'secretsmanager:GetSecretValue'))
  const isPublic = 'You can not attach a resource policy that grants Public access to your secret.'
  await refused(put(broad, { BlockPublicPolicy: true }), 'PublicPolicyException', isPublic)
  const closed = document({ ...shareWith('*', 'secretsmanager:PutResourcePolicy'), Effect: 'Deny' })
  const lockOut = 'This resource policy will not allow you to manage this secret in the future.'
  await refused(put(closed), 'AccessDeniedException', lockOut)
  const { PolicyValidationPassed, ValidationErrors } = await owner.secrets.validateResourcePolicy({
    ResourcePolicy: broad,
  })
  assert.deepEqual(
    [PolicyValidationPassed, ValidationErrors],
    [false, [{ CheckName: 'BlockPublicPolicyCheck', ErrorMessage: isPublic }]],
  )
  await owner.secrets.deleteResourcePolicy({ SecretId })
  assert.equal((await owner.secrets.getResourcePolicy({ SecretId })).ResourcePolicy, undefined)
})

test('both accounts have a record of it, the owner’s without the name of who called (surroundings.md 1.1, trap 44)', async () => {
  const SecretId = secrets.shared
  await mayDo(allow('*'))
  await share(SecretId, shareWith(READER, ['secretsmanager:GetSecretValue', 'secretsmanager:PutSecretValue']))
  await records()
  await reader.secrets.getSecretValue({ SecretId })
  await reader.secrets.putSecretValue({ SecretId, SecretString: 'x', ClientRequestToken: version(9) })
  await reader.secrets.batchGetSecretValue({ SecretIdList: [SecretId] })
  await refused(reader.secrets.describeSecret({ SecretId }), 'AccessDeniedException')
  const written = await records()
  const named = (account: string) =>
    written.filter(({ recipientAccountId }) => recipientAccountId === account).map(({ eventName }) => eventName)
  const shared = ['Decrypt', 'GetSecretValue', 'GenerateDataKey', 'PutSecretValue', 'Decrypt', 'GetSecretValue']
  assert.deepEqual(named(OWNER), shared)
  assert.deepEqual(named(OTHER), [...shared, 'BatchGetSecretValue', 'DescribeSecret'])
  const { UserId } = await reader.sts.getCallerIdentity({})
  for (const copy of written.filter(({ recipientAccountId }) => recipientAccountId === OWNER)) {
    const [own, ...more] = written.filter(
      ({ sharedEventID, recipientAccountId }) => sharedEventID === copy.sharedEventID && recipientAccountId === OTHER,
    )
    assert.ok(own !== undefined && more.length === 0, copy.eventName)
    assert.notEqual(own.eventID, copy.eventID)
    assert.equal(own.userIdentity.arn, READER)
    assert.deepEqual(copy.userIdentity, { type: 'AWSAccount', principalId: UserId, accountId: OTHER })
    const { userIdentity: _, eventID: __, recipientAccountId: ___, ...same } = copy
    const { userIdentity: a, eventID: b, recipientAccountId: c, ...rest } = own
    assert.deepEqual(same, rest)
    assert.ok([a, b, c].every((one) => one !== undefined))
  }
  const alone = written.filter(({ sharedEventID }) => sharedEventID === undefined)
  assert.deepEqual(
    alone.map(({ eventName }) => eventName),
    ['BatchGetSecretValue', 'DescribeSecret'],
  )
})

interface Entry {
  readonly eventName: string
  readonly eventID: string
  readonly sharedEventID?: string
  readonly recipientAccountId: string
  readonly userIdentity: Readonly<Record<string, unknown>>
}

/** The records that were written since the last time. */
async function records(): Promise<readonly Entry[]> {
  await server.inside.trail.settled()
  const all: Entry[] = []
  for (;;) {
    const found = await trail.after(position)
    if (found.records.length === 0) return all
    position = found.position
    for (const { record } of found.records) all.push(JSON.parse(record) as Entry)
  }
}
