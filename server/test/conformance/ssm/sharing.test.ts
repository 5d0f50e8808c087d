import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import type { Position } from '#kernel/audit/reader'
import { systemRandom } from '#kernel/random'
import { bootstrap } from '../../../services/iam/accounts.ts'
import { start } from '../../start.ts'
import { clientsOf, refused, region } from '../session.ts'

/**
 * Parameters shared with another account as the books say: a resource policy on an advanced parameter, permissions in the other
 * account, and for a SecureString a key whose policy lets that account in. Source: parameterstore.md 13; access.md 6 (53 to 59).
 */

const server = await start({ engine: 'file' })
const OWNER = server.account
const OTHER = '444455556666'
const THIRD = '777788889999'
const owner = clientsOf(server)
const other = await account(OTHER)
const third = await account(THIRD)
const reader = await person('reader')
const trail = openFileReader(join(server.directory as string, 'audit.db'))
let position: Position = new Map()
after(async () => {
  for (const clients of [owner, other, third, reader]) clients.destroy()
  await trail.close()
  await server[Symbol.asyncDispose]()
})

async function account(id: string) {
  const { storage, vault } = server.inside
  const made = await bootstrap({ storage, vault, random: systemRandom, now: server.clock.now(), account: id })
  assert.ok(made.accessKeyId !== undefined && made.secretAccessKey !== undefined)
  return clientsOf(server, { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() })
}

/** A user of the other account, with clients of his own. */
async function person(UserName: string) {
  await other.iam.createUser({ UserName })
  const { AccessKey } = await other.iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return clientsOf(server, { accessKeyId, secretAccessKey })
}

const arnOf = (name: string, id = OWNER) => `arn:aws:ssm:${region}:${id}:parameter${name}`
const READER = `arn:aws:iam::${OTHER}:user/reader`
/** As AWSRAMDefaultPermissionSSMParameterReadOnly. */
const READ_ONLY = ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:DescribeParameters']
const document = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[], Resource: string | string[] = '*') => ({ Effect: 'Allow', Action, Resource })
const sharedWith = (AWS: string, ResourceArn: string, Action: string | string[] = READ_ONLY) =>
  document({ ...allow(Action, ResourceArn), Principal: { AWS } })

/** What the reader may do by policies of his own account. */
const mayDo = (...statements: object[]) =>
  other.iam.putUserPolicy({ UserName: 'reader', PolicyName: 'own', PolicyDocument: document(...statements) })

const silent = (kind: string, resource: string, action = 'GetParameter') =>
  `User: ${READER} is not authorized to perform: ssm:${action} on resource: ${resource} because no ${kind} policy allows the ssm:${action} action`

const PLAIN = arnOf('/shared/plain')
const SECURE = arnOf('/shared/secure')
let keyArn = ''

before(async () => {
  const root = { ...allow('kms:*'), Principal: { AWS: `arn:aws:iam::${OWNER}:root` } }
  const consumers = { ...allow('kms:Decrypt'), Principal: { AWS: OTHER } }
  keyArn = (await owner.kms.createKey({ Policy: document(root, consumers) })).KeyMetadata?.Arn ?? ''
  const advanced = { Tier: 'Advanced', Value: 'one' } as const
  await owner.ssm.putParameter({ ...advanced, Name: '/shared/plain', Type: 'String' })
  await owner.ssm.putParameter({ ...advanced, Name: '/shared/secure', Type: 'SecureString', KeyId: keyArn })
  await owner.ssm.putParameter({ ...advanced, Name: '/unshared', Type: 'String' })
})

test('reading takes the parameter’s policy and the permission of one’s own', async () => {
  const read = () => reader.ssm.getParameter({ Name: PLAIN })
  await mayDo(allow('ssm:*'))
  await refused(read(), 'AccessDeniedException', silent('resource-based', PLAIN))
  await owner.ssm.putResourcePolicy({ ResourceArn: PLAIN, Policy: sharedWith(OTHER, PLAIN) })
  const { Parameter } = await read()
  // By its ARN, with the name that it was made with (trap 7).
  assert.deepEqual([Parameter?.Name, Parameter?.ARN, Parameter?.Value], ['/shared/plain', PLAIN, 'one'])
  await mayDo(allow('ssm:GetParameter', arnOf('/else')))
  await refused(read(), 'AccessDeniedException', silent('identity-based', PLAIN))
  await mayDo(allow('ssm:*'))
})

test('versions and labels of what is shared are read by ARN with a selector (parameterstore.md 2.4)', async () => {
  await owner.ssm.putParameter({ Name: '/shared/plain', Value: 'two', Overwrite: true })
  await owner.ssm.labelParameterVersion({ Name: '/shared/plain', ParameterVersion: 1, Labels: ['old'] })
  const value = async (Name: string) => (await reader.ssm.getParameter({ Name })).Parameter
  assert.equal((await value(PLAIN))?.Value, 'two')
  const old = await value(`${PLAIN}:old`)
  assert.deepEqual([old?.Value, old?.Selector, old?.ARN], ['one', ':old', PLAIN])
  await refused(value(`${PLAIN}:9`), 'ParameterVersionNotFound')
})

test('whoever has no right can’t tell whether there is such a parameter: neither by its absence nor by its tags', async () => {
  for (const ResourceId of ['/unshared']) {
    const Tags = [{ Key: 'class', Value: 'secret' }]
    await owner.ssm.addTagsToResource({ ResourceType: 'Parameter', ResourceId, Tags })
  }
  const tagged = { Condition: { StringEquals: { 'ssm:resourceTag/class': 'secret' } } }
  await mayDo(allow('ssm:*'), { ...allow('ssm:*'), Effect: 'Deny', ...tagged })
  const calls = (Name: string) => [
    () => reader.ssm.getParameter({ Name }),
    () => reader.ssm.getParameters({ Names: [Name] }),
    () => reader.ssm.getParameterHistory({ Name }),
  ]
  for (const [i, action] of ['GetParameter', 'GetParameters', 'GetParameterHistory'].entries()) {
    for (const name of [arnOf('/unshared'), arnOf('/nobody'), arnOf('/nobody', THIRD)]) {
      await refused(
        (calls(name)[i] as () => Promise<unknown>)(),
        'AccessDeniedException',
        silent('resource-based', name, action),
      )
    }
  }
  await mayDo(allow('ssm:*'))
})

test('a name means one’s own parameter, and a path one’s own hierarchy', async () => {
  await refused(reader.ssm.getParameter({ Name: '/shared/plain' }), 'ParameterNotFound')
  assert.deepEqual((await reader.ssm.getParametersByPath({ Path: '/shared', Recursive: true })).Parameters, [])
  const { Parameters, InvalidParameters } = await reader.ssm.getParameters({ Names: [PLAIN, '/shared/plain'] })
  assert.deepEqual([Parameters?.map(({ ARN }) => ARN), InvalidParameters], [[PLAIN], ['/shared/plain']])
})

test('only reading is ever shared, whatever a policy says (parameterstore.md 13)', async () => {
  await owner.ssm.putParameter({ Name: '/shared/all', Value: 'v', Type: 'String', Tier: 'Advanced' })
  const ResourceArn = arnOf('/shared/all')
  await owner.ssm.putResourcePolicy({ ResourceArn, Policy: sharedWith(OTHER, '*', 'ssm:*') })
  assert.equal((await other.ssm.getParameterHistory({ Name: ResourceArn })).Parameters?.length, 1)
  await refused(other.ssm.getResourcePolicies({ ResourceArn }), 'AccessDeniedException')
  const Policy = sharedWith('*', '*')
  await refused(other.ssm.putResourcePolicy({ ResourceArn, Policy }), 'AccessDeniedException')
  // The rest takes no ARN at all.
  await refused(other.ssm.putParameter({ Name: ResourceArn, Value: 'x', Overwrite: true }), 'ValidationException')
  await refused(other.ssm.deleteParameter({ Name: ResourceArn }), 'ValidationException')
  await refused(other.ssm.labelParameterVersion({ Name: ResourceArn, Labels: ['l'] }), 'ValidationException')
  await refused(
    other.ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: ResourceArn }),
    'ValidationException',
  )
})

test('a SecureString takes the key too: its policy, and one’s own kms:Decrypt', async () => {
  await owner.ssm.putResourcePolicy({ ResourceArn: SECURE, Policy: sharedWith(READER, SECURE) })
  const read = (WithDecryption: boolean) => reader.ssm.getParameter({ Name: SECURE, WithDecryption })
  await mayDo(allow('ssm:*'))
  assert.notEqual((await read(false)).Parameter?.Value, 'one')
  await refused(
    read(true),
    'AccessDeniedException',
    /^User: arn:aws:iam::444455556666:user\/reader is not authorized to perform: kms:Decrypt on resource: /,
  )
  await mayDo(allow('ssm:*'), allow('kms:Decrypt', keyArn))
  assert.equal((await read(true)).Parameter?.Value, 'one')
  // Root of that account was not named.
  await refused(other.ssm.getParameter({ Name: SECURE }), 'AccessDeniedException')
})

test('standard parameters and SecureStrings under the default key are not shared', async () => {
  await owner.ssm.putParameter({ Name: '/standard', Value: 'v', Type: 'String' })
  await owner.ssm.putParameter({ Name: '/default-key', Value: 'v', Type: 'SecureString', Tier: 'Advanced' })
  // However the key is named.
  const { KeyMetadata } = await owner.kms.describeKey({ KeyId: 'alias/aws/ssm' })
  const named = { Type: 'SecureString', Tier: 'Advanced', Value: 'v', KeyId: KeyMetadata?.KeyId } as const
  await owner.ssm.putParameter({ ...named, Name: '/default-key-by-id' })
  for (const ResourceArn of ['/standard', '/default-key', '/default-key-by-id'].map((name) => arnOf(name))) {
    const error = await owner.ssm
      .putResourcePolicy({ ResourceArn, Policy: sharedWith(OTHER, ResourceArn) })
      .catch((thrown: unknown) => thrown as { name: string; ParameterNames?: string[] })
    assert.ok('name' in error)
    assert.deepEqual([error.name, error.ParameterNames], ['ResourcePolicyInvalidParameterException', ['ResourceArn']])
  }
})

test('errors say more than their text: the limit and its kind', async () => {
  const Policy = sharedWith(OTHER, PLAIN).padEnd(1025)
  const error = await owner.ssm
    .putResourcePolicy({ ResourceArn: PLAIN, Policy })
    .catch((thrown: unknown) => thrown as { name: string; Limit?: number; LimitType?: string })
  assert.ok('name' in error)
  assert.deepEqual([error.name, error.Limit], ['ResourcePolicyLimitExceededException', 1024])
})

test('Shared lists what others share with the caller, and nothing else (assumed: without promotion to a share of RAM)', async () => {
  const names = async (clients: typeof reader, more: object = {}) =>
    ((await clients.ssm.describeParameters({ Shared: true, ...more })).Parameters ?? []).map(({ ARN }) => ARN)
  assert.deepEqual(await names(reader), [arnOf('/shared/all'), PLAIN, SECURE])
  assert.deepEqual(await names(other), [arnOf('/shared/all'), PLAIN])
  assert.deepEqual(await names(owner), [])
  assert.deepEqual(await names(third), [])
  const byName = { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/shared/s'] }] }
  assert.deepEqual(await names(reader, byName), [SECURE])
  // Their tags are not told, by filters either.
  await owner.ssm.addTagsToResource({
    ResourceType: 'Parameter',
    ResourceId: '/shared/plain',
    Tags: [{ Key: 'k', Value: 'v' }],
  })
  assert.deepEqual(await names(reader, { ParameterFilters: [{ Key: 'tag:k' }] }), [])
  const { Parameters: unshared } = await reader.ssm.describeParameters({})
  assert.deepEqual(unshared, [])
})

test('pages of what is shared go on where the page before ended; tokens are good for their own question only', async () => {
  const first = await reader.ssm.describeParameters({ Shared: true, MaxResults: 2 })
  assert.equal(first.Parameters?.length, 2)
  const { NextToken = '' } = first
  const second = await reader.ssm.describeParameters({ Shared: true, MaxResults: 2, NextToken })
  assert.deepEqual([second.Parameters?.map(({ ARN }) => ARN), second.NextToken], [[SECURE], undefined])
  assert.equal(Buffer.from(NextToken, 'base64url').includes('shared'), false)
  await refused(
    reader.ssm.describeParameters({ NextToken }),
    'InvalidNextToken',
    `The following token is invalid: ${NextToken}.`,
  )
  await refused(third.ssm.describeParameters({ Shared: true, NextToken }), 'InvalidNextToken')
})

test('each owner has a copy of what was read of his in his trail, and no more of it (surroundings.md, trap 44)', async () => {
  const thirdArn = arnOf('/of/third', THIRD)
  await third.ssm.putParameter({ Name: '/of/third', Value: 'v', Type: 'String', Tier: 'Advanced' })
  await third.ssm.putResourcePolicy({ ResourceArn: thirdArn, Policy: sharedWith(OTHER, thirdArn) })
  await records()
  await reader.ssm.getParameter({ Name: PLAIN })
  const single = (await records()).filter(({ eventName }) => eventName === 'GetParameter')
  assert.deepEqual(single.map(({ recipientAccountId }) => recipientAccountId).sort(), [OWNER, OTHER].sort())
  await reader.ssm.getParameters({ Names: ['/mine', PLAIN, thirdArn] })
  const batch = (await records()).filter(({ eventName }) => eventName === 'GetParameters')
  const told = Object.fromEntries(batch.map((record) => [record.recipientAccountId, record]))
  assert.deepEqual(Object.keys(told).sort(), [OWNER, OTHER, THIRD].sort())
  assert.deepEqual(told[OTHER]?.requestParameters?.names, ['/mine', PLAIN, thirdArn])
  assert.deepEqual(told[OWNER]?.requestParameters?.names, [PLAIN])
  assert.deepEqual(told[THIRD]?.requestParameters?.names, [thirdArn])
  assert.deepEqual(
    told[OWNER]?.resources?.map(({ ARN }) => ARN),
    [PLAIN],
  )
  assert.deepEqual(told[OWNER]?.userIdentity?.accountId, OTHER)
  assert.equal(JSON.stringify(told[OWNER]).includes('user/reader'), false)
  assert.equal(new Set(batch.map(({ sharedEventID }) => sharedEventID)).size, 1)
})

test('who is made anew under a name that a policy names is not meant (access.md 7, 22)', async () => {
  const { Policies = [] } = await owner.ssm.getResourcePolicies({ ResourceArn: SECURE })
  assert.equal(JSON.parse(Policies[0]?.Policy ?? '{}').Statement[0].Principal.AWS, READER)
  await other.iam.createUser({ UserName: 'twin' })
  const twin = `arn:aws:iam::${OTHER}:user/twin`
  const { PolicyId, PolicyHash } = Policies[0] ?? {}
  await owner.ssm.putResourcePolicy({ ResourceArn: SECURE, Policy: sharedWith(twin, SECURE), PolicyId, PolicyHash })
  await refused(reader.ssm.getParameter({ Name: SECURE }), 'AccessDeniedException')
  await other.iam.deleteUser({ UserName: 'twin' })
  const second = await person('twin')
  await other.iam.putUserPolicy({ UserName: 'twin', PolicyName: 'own', PolicyDocument: document(allow('ssm:*')) })
  await refused(second.ssm.getParameter({ Name: SECURE }), 'AccessDeniedException')
  second.destroy()
})

interface Told {
  readonly eventName: string
  readonly recipientAccountId: string
  readonly sharedEventID?: string
  readonly requestParameters?: { readonly names?: readonly string[] }
  readonly resources?: readonly { readonly ARN: string }[]
  readonly userIdentity?: { readonly accountId?: string }
}

/** Records that were written since the last question. */
async function records(): Promise<readonly Told[]> {
  await server.inside.trail.settled()
  const all: Told[] = []
  for (;;) {
    const found = await trail.after(position)
    if (found.records.length === 0) return all
    position = found.position
    for (const { record } of found.records) all.push(JSON.parse(record) as Told)
  }
}
