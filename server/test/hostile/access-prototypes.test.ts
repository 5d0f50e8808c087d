// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables look like that
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { refused } from '../conformance/session.ts'
import { allow, codeOf, documentOf, keysOf, outcome, READ, siege, trusting } from './siege.ts'

/**
 * Names of JavaScript's prototypes are names like others: as tags, condition keys, members, parts of an encryption context.
 * Source: access.md 7 (31).
 */

const { server, account, root, person, rule, call, secretOf } = await siege()
const { iam, secrets } = root
const DENIED = 'AccessDeniedException'

before(async () => {
  await secrets.createSecret({ Name: 'dev/db', SecretString: 'dev/db', Tags: [{ Key: 'plain', Value: 'yes' }] })
})

const read = async (who: { secrets: typeof secrets }, SecretId: string) =>
  (await who.secrets.getSecretValue({ SecretId })).SecretString

const like = (key: string, value: string, operator = 'StringLike') => ({ [operator]: { [key]: value } })

const PROTOTYPES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'length',
  'size',
]

test('names of prototypes are no tags, no condition keys and no operators that nobody gave', async () => {
  const user = await person([], { plain: 'yes' })
  for (const name of PROTOTYPES) {
    for (const key of [
      `aws:PrincipalTag/${name}`,
      `aws:ResourceTag/${name}`,
      `aws:RequestTag/${name}`,
      `secretsmanager:ResourceTag/${name}`,
      `secretsmanager:${name}`,
      `aws:${name}`,
      name,
      `iam:ResourceTag/${name}`,
    ]) {
      await rule(user.name, allow(READ, '*', like(key, '*')), allow('kms:*', '*', { Null: { [key]: 'false' } }))
      assert.equal(await codeOf(read(user, 'dev/db')), DENIED, key)
      assert.equal(outcome(await call(user.keys, 'kms:ListKeys')), DENIED, key)
    }
    await rule(user.name, allow(READ, secretOf(`\${aws:PrincipalTag/${name}}*`)))
    assert.equal(await codeOf(read(user, 'dev/db')), DENIED, name)
    await rule(user.name, allow(READ, secretOf(`\${${name}}*`)))
    assert.equal(await codeOf(read(user, 'dev/db')), DENIED, name)
    const PolicyDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"${name}":{"aws:username":"*"}}}]}`
    await refused(
      iam.putUserPolicy({ UserName: user.name, PolicyName: 'own', PolicyDocument }),
      'MalformedPolicyDocumentException',
    )
    const beside = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*","${name}":{}}]}`
    await refused(
      iam.putUserPolicy({ UserName: user.name, PolicyName: 'own', PolicyDocument: beside }),
      'MalformedPolicyDocumentException',
    )
    const within = `{"Version":"2012-10-17","${name}":{"Statement":[]},"Statement":[]}`
    await refused(
      iam.putUserPolicy({ UserName: user.name, PolicyName: 'own', PolicyDocument: within }),
      'MalformedPolicyDocumentException',
    )
  }
})

test('names of prototypes as tags: kept, compared, and given to nobody else', async () => {
  const values = Object.fromEntries(PROTOTYPES.slice(1).map((name) => [name, 'red']))
  const Tags = [...Object.entries(values), ['__proto__', 'red'] as const].map(([Key, Value]) => ({ Key, Value }))
  const user = await person()
  const bare = await person()
  await iam.tagUser({ UserName: user.name, Tags })
  await secrets.createSecret({ Name: 'proto', SecretString: 'x', Tags })
  const shown = (await iam.listUserTags({ UserName: user.name })).Tags ?? []
  assert.deepEqual(shown.map(({ Key }) => Key).toSorted(), PROTOTYPES.toSorted())
  assert.deepEqual(
    (await secrets.describeSecret({ SecretId: 'proto' })).Tags?.map(({ Key }) => Key).toSorted(),
    PROTOTYPES.toSorted(),
  )
  await iam.createRole({
    RoleName: 'proto',
    AssumeRolePolicyDocument: trusting(account, ['sts:AssumeRole', 'sts:TagSession']),
  })
  const RoleArn = `arn:aws:iam::${account}:role/proto`
  for (const name of PROTOTYPES) {
    const Condition = { StringEquals: { [`aws:PrincipalTag/${name}`]: 'red', [`aws:ResourceTag/${name}`]: 'red' } }
    const statement = allow(READ, '*', Condition)
    await rule(user.name, statement)
    await rule(bare.name, statement, allow('sts:*'))
    assert.equal(await read(user, 'proto'), 'x', name)
    assert.equal(await codeOf(read(user, 'dev/db')), DENIED, name)
    assert.equal(await codeOf(read(bare, 'proto')), DENIED, name)
    await iam.putRolePolicy({ RoleName: 'proto', PolicyName: 'own', PolicyDocument: documentOf(statement) })
    const session = async (Tags?: { Key: string; Value: string }[]) =>
      keysOf((await bare.sts.assumeRole({ RoleArn, RoleSessionName: 'here', ...(Tags && { Tags }) })).Credentials)
    assert.equal(outcome(await call(await session(), READ, { SecretId: 'proto' })), DENIED, name)
    assert.equal(
      outcome(await call(await session([{ Key: name, Value: 'red' }]), READ, { SecretId: 'proto' })),
      '200',
      name,
    )
  }
})

test('members that a client smuggles in are no members: prototypes, other cases, condition keys', async () => {
  const user = await person([allow(READ, '*', { StringEquals: { 'secretsmanager:VersionStage': 'AWSCURRENT' } })])
  const ask = (body: string) => call(user.keys, READ, JSON.parse(body) as object)
  for (const body of [
    '{"SecretId":"dev/db","__proto__":{"VersionStage":"AWSCURRENT"}}',
    '{"SecretId":"dev/db","constructor":{"prototype":{"VersionStage":"AWSCURRENT"}}}',
    '{"SecretId":"dev/db","versionStage":"AWSCURRENT"}',
    '{"SecretId":"dev/db","secretsmanager:VersionStage":"AWSCURRENT"}',
    '{"SecretId":"dev/db","Context":{"secretsmanager:VersionStage":"AWSCURRENT"}}',
  ]) {
    assert.equal(outcome(await ask(body)), DENIED, body)
  }
  assert.equal(outcome(await ask('{"__proto__":{"SecretId":"dev/db"}}')), 'ValidationException')
  assert.equal(outcome(await ask('{"SecretId":"dev/db","VersionStage":"AWSCURRENT"}')), '200')
  // Nothing of it stays behind for others.
  assert.equal(Object.hasOwn(Object.prototype, 'VersionStage'), false)
  assert.equal(outcome(await ask('{"SecretId":"dev/db"}')), DENIED)
})

test('an encryption context with the name of a prototype binds like any other', async () => {
  const { KeyMetadata } = await root.kms.createKey({})
  const KeyId = KeyMetadata?.KeyId
  const context = (text: string) => JSON.parse(text) as object
  const Plaintext = Buffer.from('plain').toString('base64')
  for (const name of PROTOTYPES) {
    const made = await call(server.credentials, 'kms:Encrypt', {
      KeyId,
      Plaintext,
      EncryptionContext: context(`{"${name}":"a"}`),
    })
    assert.equal(outcome(made), '200', name)
    const { CiphertextBlob } = JSON.parse(made.text) as { CiphertextBlob: string }
    const open = async (text: string) =>
      outcome(await call(server.credentials, 'kms:Decrypt', { CiphertextBlob, EncryptionContext: context(text) }))
    assert.equal(await open('{}'), 'InvalidCiphertextException', name)
    assert.equal(await open(`{"${name}":"b"}`), 'InvalidCiphertextException', name)
    assert.equal(await open(`{"${name}":"a"}`), '200', name)
  }
  const user = await person([allow('kms:*', '*', { StringEquals: { 'kms:EncryptionContext:__proto__': 'a' } })])
  const encrypt = async (text: string) =>
    outcome(await call(user.keys, 'kms:Encrypt', { KeyId, Plaintext, EncryptionContext: context(text) }))
  assert.equal(await encrypt('{"__proto__":"a"}'), '200')
  assert.equal(await encrypt('{"__proto__":"b"}'), DENIED)
  assert.equal(await encrypt('{}'), DENIED)
})
