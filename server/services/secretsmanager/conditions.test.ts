import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contextOf } from '#kernel/authorization/context'
import { compile } from '#kernel/authorization/policy'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { allow, document, to, user } from './test/callers.ts'
import { ROTATOR } from './test/functions.ts'
import { type Trial, token, trial } from './test/trial.ts'

/**
 * The condition keys of every operation, key by key: present when the request carries the parameter, absent when not.
 * Source: secretsmanager.md 7.1. Not here: keys of replication, which come with it (a secret has no primary
 * region yet, so `SecretPrimaryRegion` is absent).
 */

const SecretId = 'app/db'
const POLICY = document(allow('GetSecretValue', to('*')))
const Tags = [{ Key: 'team', Value: 'red' }]

/** What every operation on a secret has; `ARN` stands for the secret's. */
const BASE = {
  'secretsmanager:SecretId': 'ARN',
  'secretsmanager:resource/Type': 'DatadogApiKey',
  'secretsmanager:resource/AllowRotationLambdaArn': ROTATOR,
  'secretsmanager:ResourceTag/env': 'prod',
  'aws:ResourceTag/env': 'prod',
}

type Keys = Readonly<Record<string, string | readonly string[]>>

/** Operation, request, keys in addition to Base (or all of them, when they have no Base). */
const TABLE: readonly (readonly [string, Readonly<Record<string, unknown>>, Keys, 'base' | 'no base'])[] = [
  ['BatchGetSecretValue', { SecretIdList: [SecretId] }, {}, 'no base'],
  ['CancelRotateSecret', {}, {}, 'base'],
  ['CreateSecret', { Name: 'new' }, { 'secretsmanager:Name': 'new' }, 'no base'],
  [
    'CreateSecret',
    {
      Name: 'new',
      Description: 'words',
      KmsKeyId: 'alias/mine',
      Type: 'DatadogApiKey',
      AddReplicaRegions: [{ Region: 'eu-west-1' }, { Region: 'eu-west-2' }],
      ForceOverwriteReplicaSecret: false,
      Tags,
    },
    {
      'secretsmanager:Name': 'new',
      'secretsmanager:Description': 'words',
      'secretsmanager:KmsKeyId': 'alias/mine',
      'secretsmanager:KmsKeyArn': 'arn:aws:kms:us-east-1:111122223333:key/of-mine',
      'secretsmanager:Type': 'DatadogApiKey',
      'secretsmanager:AddReplicaRegions': ['eu-west-1', 'eu-west-2'],
      'secretsmanager:ForceOverwriteReplicaSecret': 'false',
      'aws:RequestTag/team': 'red',
      'aws:TagKeys': ['team'],
      'aws:ResourceTag/team': 'red',
      'secretsmanager:ResourceTag/team': 'red',
    },
    'no base',
  ],
  ['DeleteResourcePolicy', {}, {}, 'base'],
  ['DeleteSecret', {}, {}, 'base'],
  [
    'DeleteSecret',
    { RecoveryWindowInDays: 7, ForceDeleteWithoutRecovery: false },
    { 'secretsmanager:RecoveryWindowInDays': '7', 'secretsmanager:ForceDeleteWithoutRecovery': 'false' },
    'base',
  ],
  ['DescribeSecret', {}, {}, 'base'],
  ['GetRandomPassword', {}, {}, 'no base'],
  ['GetResourcePolicy', {}, {}, 'base'],
  ['GetSecretValue', {}, {}, 'base'],
  ['GetSecretValue', { VersionStage: 'AWSCURRENT' }, { 'secretsmanager:VersionStage': 'AWSCURRENT' }, 'base'],
  ['GetSecretValue', { VersionId: token('v1') }, { 'secretsmanager:VersionId': token('v1') }, 'base'],
  ['ListSecretVersionIds', {}, {}, 'base'],
  ['ListSecrets', {}, {}, 'no base'],
  ['PutResourcePolicy', { ResourcePolicy: POLICY }, {}, 'base'],
  [
    'PutResourcePolicy',
    { ResourcePolicy: POLICY, BlockPublicPolicy: true },
    { 'secretsmanager:BlockPublicPolicy': 'true' },
    'base',
  ],
  ['PutSecretValue', { SecretString: 'x', ClientRequestToken: token('v2'), VersionStages: ['MINE'] }, {}, 'base'],
  ['RestoreSecret', {}, {}, 'base'],
  ['RotateSecret', {}, {}, 'base'],
  [
    'RotateSecret',
    {
      RotationLambdaARN: 'arn:f',
      RotationRules: { AutomaticallyAfterDays: 1 },
      RotateImmediately: true,
      ExternalSecretRotationRoleArn: 'arn:aws:iam::111122223333:role/r',
    },
    {
      'secretsmanager:RotationLambdaARN': 'arn:f',
      'secretsmanager:ModifyRotationRules': 'true',
      'secretsmanager:RotateImmediately': 'true',
      'secretsmanager:ExternalSecretRotationRoleArn': 'arn:aws:iam::111122223333:role/r',
    },
    'base',
  ],
  ['TagResource', { Tags }, { 'aws:RequestTag/team': 'red', 'aws:TagKeys': ['team'] }, 'base'],
  ['UntagResource', { TagKeys: ['team', 'color'] }, { 'aws:TagKeys': ['team', 'color'] }, 'base'],
  ['UpdateSecret', {}, {}, 'base'],
  [
    'UpdateSecret',
    { Description: '', KmsKeyId: 'alias/mine', Type: 'GitLabAccessToken' },
    {
      'secretsmanager:Description': '',
      'secretsmanager:KmsKeyId': 'alias/mine',
      'secretsmanager:KmsKeyArn': 'arn:aws:kms:us-east-1:111122223333:key/of-mine',
      'secretsmanager:Type': 'GitLabAccessToken',
    },
    'base',
  ],
  [
    'UpdateSecretVersionStage',
    { VersionStage: 'MINE', MoveToVersionId: token('v1') },
    { 'secretsmanager:VersionStage': 'MINE' },
    'base',
  ],
  ['ValidateResourcePolicy', { ResourcePolicy: POLICY }, {}, 'no base'],
]

/** Every key of the table, and of the operations that are not here yet: what has no value must be absent. */
const ALL: ReadonlySet<string> = new Set([
  ...Object.keys(BASE),
  ...TABLE.flatMap(([, , keys]) => Object.keys(keys)),
  'secretsmanager:SecretPrimaryRegion',
])

/** A secret of a known type with a tag and a rotation function. */
async function typed(t: Trial): Promise<string> {
  const arn = await t.made(SecretId, { Type: 'DatadogApiKey', Tags: [{ Key: 'env', Value: 'prod' }] })
  await t.call('RotateSecret', { SecretId, ClientRequestToken: token('r1'), RotationLambdaARN: ROTATOR })
  return arn
}

function present(target: Target, t: Trial): Keys {
  const context = contextOf(t.request(), 'secretsmanager', target)
  const found: Record<string, string | readonly string[]> = {}
  for (const key of ALL) {
    const value = context(key.toLowerCase())
    if (value !== undefined) found[key] = value
  }
  return found
}

for (const [name, input, keys, base] of TABLE) {
  test(`${name} ${JSON.stringify(Object.keys(input))}: its condition keys, and no other`, async () => {
    await using t = await trial()
    const arn = await typed(t)
    const named = base === 'base' ? { SecretId, ...input } : input
    const [target] = await t.targets(name, named)
    assert.ok(target)
    const expected = base === 'base' ? { ...BASE, 'secretsmanager:SecretId': arn, ...keys } : keys
    assert.deepEqual(present(target, t), expected)
  })
}

test('every operation that is here stands in the table', async () => {
  await using t = await trial()
  assert.deepEqual([...new Set(TABLE.map(([name]) => name))].sort(), Object.keys(t.service.operations).sort())
})

test('SecretId is the full ARN however the secret is named, also of one that is not there (recorded)', async () => {
  await using t = await trial()
  const arn = await typed(t)
  for (const id of [SecretId, arn, arn.slice(0, -7)]) {
    const [target] = await t.targets('DescribeSecret', { SecretId: id })
    assert.equal(target?.context?.['secretsmanager:SecretId'], arn)
  }
  const [missing] = await t.targets('DescribeSecret', { SecretId: 'nobody' })
  assert.match(String(missing?.context?.['secretsmanager:SecretId']), /:secret:nobody-[A-Za-z0-9]{6}$/)
  assert.equal(missing?.context?.['secretsmanager:SecretId'], missing?.resource)
})

/** Conditions that let a request through only as it carries a key; AWS's surprise when it does not. */
const LETS: readonly (readonly [string, object, string, object, 'ok' | 'denied'])[] = [
  [
    'access.md 6, 103',
    { NumericLessThanEquals: { 'secretsmanager:RecoveryWindowInDays': 7 } },
    'DeleteSecret',
    { RecoveryWindowInDays: 7 },
    'ok',
  ],
  [
    '103, absent',
    { NumericLessThanEquals: { 'secretsmanager:RecoveryWindowInDays': 7 } },
    'DeleteSecret',
    {},
    'denied',
  ],
  [
    '120',
    { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } },
    'GetSecretValue',
    { VersionStage: 'AWSCURRENT' },
    'ok',
  ],
  ['120, absent', { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } }, 'GetSecretValue', {}, 'denied'],
  ['115', { StringEquals: { 'secretsmanager:ResourceTag/env': 'prod' } }, 'GetSecretValue', {}, 'ok'],
  ['116', { StringEquals: { 'aws:ResourceTag/ENV': 'prod' } }, 'GetSecretValue', {}, 'ok'],
  [
    'the name never is SecretId (recorded)',
    { StringEquals: { 'secretsmanager:SecretId': SecretId } },
    'GetSecretValue',
    {},
    'denied',
  ],
  [
    'SecretId as an ARN',
    { ArnLike: { 'secretsmanager:SecretId': 'arn:aws:secretsmanager:*:*:secret:app/*' } },
    'GetSecretValue',
    {},
    'ok',
  ],
  [
    'the key that is asked for',
    { ArnEquals: { 'secretsmanager:KmsKeyArn': 'arn:aws:kms:us-east-1:111122223333:key/of-mine' } },
    'UpdateSecret',
    { KmsKeyId: 'alias/mine' },
    'ok',
  ],
  [
    'public policies are not to be',
    { Bool: { 'secretsmanager:BlockPublicPolicy': 'true' } },
    'PutResourcePolicy',
    { ResourcePolicy: document(allow('GetSecretValue', to('444455556666'))) },
    'denied',
  ],
]
for (const [said, Condition, name, input, expected] of LETS) {
  test(`a condition of a caller: ${said}: ${expected}`, async () => {
    await using t = await trial()
    await typed(t)
    const asked = t.ask(name, { SecretId, ...input }, user('ann', [allow('*', { Condition })]))
    if (expected === 'ok') await asked
    else await assert.rejects(asked, (error) => error instanceof ApiError && error.code === 'AccessDeniedException')
  })
}

test('a resource policy sees the keys too', async () => {
  await using t = await trial()
  await typed(t)
  const Condition = { StringEquals: { 'secretsmanager:VersionStage': 'AWSPREVIOUS' } }
  const ResourcePolicy = document({ ...allow('GetSecretValue', { ...to('*'), Condition }), Effect: 'Deny' })
  await t.call('PutResourcePolicy', { SecretId, ResourcePolicy })
  const caller = { ...user('ann', []), policies: [compile(document(allow('*')))] }
  assert.equal((await t.ask('GetSecretValue', { SecretId }, caller)).SecretString, 'one')
  await assert.rejects(
    t.ask('GetSecretValue', { SecretId, VersionStage: 'AWSPREVIOUS' }, caller),
    /with an explicit deny in a resource-based policy$/,
  )
})
