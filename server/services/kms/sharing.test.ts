import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compile } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import { ApiError } from '#kernel/error'
import {
  ACCOUNT,
  admin,
  allow,
  deny,
  OTHER_ACCOUNT,
  refusal,
  REGION,
  root,
  user,
  type World,
  world,
} from './test/world.ts'

// Who may use a key, directly, through a service, and from another account. Numbers are cases of access.md 6.

const SECRET = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:db/pw-AbCdEf`
const CONTEXT = { SecretARN: SECRET, SecretVersionId: 'v1' }
const Plaintext = Buffer.from('x')
const tail = {
  identity: 'because no identity-based policy allows the kms:Encrypt action',
  resource: 'because no resource-based policy allows the kms:Encrypt action',
  denied: 'with an explicit deny in an identity-based policy',
} as const

const to = (AWS: string, Action: string | string[] = 'kms:*', more: object = {}) => ({
  ...allow(Action, '*', more),
  Principal: { AWS },
})
const own = to(root().arn)
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
const alice = (...statements: object[]) => user('alice', statements)
const ALICE = alice().arn
const ext = (...statements: object[]) => user('ext', statements, OTHER_ACCOUNT)

/** A key with these statements, whoever could change them. */
const keyWith = (w: World, ...statements: object[]) =>
  w.key({ Policy: policy(...statements), BypassPolicyLockoutSafetyCheck: true })

const DIRECT: readonly (readonly [string, Caller, readonly object[], 'ok' | keyof typeof tail])[] = [
  ['64', alice(allow('kms:Encrypt')), [own], 'ok'],
  ['65', alice(), [own], 'identity'],
  ['66', alice(allow('kms:*')), [to(user('boss').arn)], 'resource'],
  ['67', alice(), [to(ALICE, 'kms:Encrypt')], 'ok'],
  ['68', alice(deny('kms:*')), [to(ALICE, 'kms:Encrypt')], 'denied'],
  ['69', root(), [to(user('boss').arn)], 'resource'],
]
for (const [number, caller, statements, said] of DIRECT) {
  test(`access.md 6, ${number}: ${said}`, async () => {
    await using w = await world()
    const { KeyId, Arn } = await keyWith(w, ...statements)
    const answer = w.ask('Encrypt', { KeyId, Plaintext }, { caller })
    if (said === 'ok') return void (await answer)
    const text = `User: ${caller.arn} is not authorized to perform: kms:Encrypt on resource: ${Arn} ${tail[said]}`
    await assert.rejects(answer, (error) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual(
        [error.code, error.message, error.denial?.action],
        ['AccessDeniedException', text, 'kms:Encrypt'],
      )
      return true
    })
  })
}

test('79 to 81: an alias’s ARN in a policy lets nobody use its key; its name in a condition does', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const encrypt = (id: string, statement: object) =>
    w.ask('Encrypt', { KeyId: id, Plaintext }, { caller: alice(statement) })
  const aliasArn = `arn:aws:kms:${REGION}:${ACCOUNT}:alias/app`
  await assert.rejects(encrypt('alias/app', allow('kms:Encrypt', aliasArn)), /no identity-based policy/)
  const requested = allow('kms:Encrypt', '*', { Condition: { StringEquals: { 'kms:RequestAlias': 'alias/app' } } })
  await encrypt('alias/app', requested)
  await encrypt(aliasArn, requested)
  await assert.rejects(encrypt(KeyId, requested), /no identity-based policy/)
  const held = { Condition: { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } } }
  await encrypt(KeyId, allow('kms:Encrypt', '*', held))
})

test('73, 74, 75: the managed key serves whoever comes through its service and is not denied, nobody directly', async () => {
  await using w = await world()
  const { blob } = await w.through((keys) => keys.generateDataKey(undefined, CONTEXT))
  const direct = w.ask('Decrypt', { CiphertextBlob: blob, EncryptionContext: CONTEXT }, { caller: admin() })
  await assert.rejects(direct, /no resource-based policy allows the kms:Decrypt action$/)
  const open = (caller: Caller) => w.through((keys) => keys.decrypt(blob, CONTEXT), { caller, effect: 'read' })
  await open(alice(allow('secretsmanager:GetSecretValue')))
  await assert.rejects(open(alice(deny('kms:Decrypt'))), /explicit deny in an identity-based policy/)
})

test('76, 77, 78: a key of one’s own asks for permission, by service and by secret too', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const { blob } = await w.through((keys) => keys.generateDataKey(KeyId, CONTEXT))
  const open = (id: string, caller: Caller) =>
    w.through((keys) => keys.decrypt(blob, { ...CONTEXT, SecretARN: id }), { caller, effect: 'read' })
  await assert.rejects(open(SECRET, alice()), /no identity-based policy/)
  const Condition = { StringEquals: { 'kms:EncryptionContext:SecretARN': SECRET } }
  const one = alice(allow('kms:Decrypt', '*', { Condition }))
  await open(SECRET, one)
  await assert.rejects(open(`${SECRET}x`, one), /no identity-based policy/)

  const via = { Condition: { StringEquals: { 'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com` } } }
  const served = await keyWith(w, to(root().arn, 'kms:*', via))
  const caller = alice(allow('kms:*'))
  const made = await w.through((keys) => keys.generateDataKey(served.KeyId, CONTEXT), { caller })
  await w.through((keys) => keys.decrypt(made.blob, CONTEXT), { caller, effect: 'read' })
  const direct = w.ask('Decrypt', { CiphertextBlob: made.blob, EncryptionContext: CONTEXT }, { caller })
  await assert.rejects(direct, /no resource-based policy/)
  await assert.rejects(
    w.through((keys) => keys.decrypt(made.blob, CONTEXT), { caller, effect: 'read', service: 'ssm' }),
    /no resource-based policy/,
  )
})

test('82, 83: a forwarded call has no source address; that it is forwarded can be asked for', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const { blob } = await w.through((keys) => keys.generateDataKey(KeyId, CONTEXT))
  const open = (...statements: object[]) =>
    w.through((keys) => keys.decrypt(blob, CONTEXT), { caller: alice(...statements), effect: 'read' })
  const here = allow('*', '*', { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } })
  await assert.rejects(open(here), /no identity-based policy/)
  await open(here, allow('kms:*', '*', { Condition: { Bool: { 'aws:ViaAWSService': 'true' } } }))
})

test('55, 60 to 62: through the service from another account with both policies, never with the managed key', async () => {
  await using w = await world()
  const via = {
    StringEquals: {
      'kms:ViaService': `secretsmanager.${REGION}.amazonaws.com`,
      'kms:CallerAccount': OTHER_ACCOUNT,
    },
  }
  const shared = await keyWith(w, own, to(OTHER_ACCOUNT, ['kms:Decrypt', 'kms:GenerateDataKey'], { Condition: via }))
  const alone = await w.key()
  const blobOf = async (keyId: string | undefined) =>
    (await w.through((keys) => keys.generateDataKey(keyId, CONTEXT))).blob
  const open = (blob: Buffer, caller: Caller) =>
    w.through((keys) => keys.decrypt(blob, CONTEXT), { caller, effect: 'read' })
  const may = ext(allow('kms:Decrypt'))
  const nothing = (caller: Caller) =>
    refusal(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    )
  const blob = await blobOf(shared.KeyId)
  await open(blob, may)
  await assert.rejects(open(blob, ext()), /no identity-based policy allows the kms:Decrypt action$/)
  await assert.rejects(open(await blobOf(alone.KeyId), may), nothing(may))
  await assert.rejects(open(await blobOf(undefined), may), nothing(may))
  const direct = w.ask('Decrypt', { CiphertextBlob: blob, EncryptionContext: CONTEXT }, { caller: may })
  await assert.rejects(direct, nothing(may))
})

test('for a secret of another account a key’s short name is one of that account, and so is the managed key', async () => {
  await using w = await world()
  const shared = await keyWith(w, own, to(OTHER_ACCOUNT))
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: shared.KeyId })
  const caller = ext(allow('kms:*'))
  for (const id of [shared.KeyId, 'alias/app', shared.Arn]) {
    const made = await w.through((keys) => keys.generateDataKey(id, CONTEXT), { caller, home: ACCOUNT })
    assert.equal(made.keyArn, shared.Arn)
    const { call, resources } = w.events.at(-1) ?? assert.fail()
    assert.deepEqual([call.account, resources?.[0]?.accountId], [OTHER_ACCOUNT, ACCOUNT])
  }
  await assert.rejects(
    w.through((keys) => keys.generateDataKey('alias/app', CONTEXT), { caller }),
    refusal('NotFoundException', `Alias arn:aws:kms:${REGION}:${OTHER_ACCOUNT}:alias/app is not found.`),
  )
  const managed = (home?: string) =>
    w.through((keys) => keys.generateDataKey(undefined, CONTEXT), { caller, ...(home && { home }) })
  const untold = (id: string) =>
    refusal(
      'AccessDeniedException',
      `User: ${caller.arn} is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:${REGION}:${ACCOUNT}:${id} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
    )
  // Neither is it made by the attempt, nor does it make a difference whether it is there.
  await assert.rejects(managed(ACCOUNT), untold('alias/aws/secretsmanager'))
  assert.equal((await w.ask('ListKeys', {})).Keys.length, 1)
  await w.through((keys) => keys.generateDataKey(undefined, CONTEXT))
  await assert.rejects(managed(ACCOUNT), untold('alias/aws/secretsmanager'))
  assert.match((await managed()).keyArn, new RegExp(`:${OTHER_ACCOUNT}:key/`))
})

test('another account can’t tell which keys, aliases and tags are there that are not shared with it', async () => {
  await using none = await world()
  await using w = await world()
  const { KeyId } = await w.key({ Tags: [{ TagKey: 'team', TagValue: 'red' }] })
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const closed = await keyWith(w, own, {
    ...to('*'),
    Effect: 'Deny',
    Condition: { StringEquals: { 'kms:CallerAccount': OTHER_ACCOUNT } },
  })
  await w.ask('CreateAlias', { AliasName: 'alias/closed', TargetKeyId: closed.KeyId })
  const curious = [
    ext(allow('*')),
    ext(),
    ext(allow('*'), deny('*', '*', { Condition: { Null: { 'aws:ResourceTag/team': 'false' } } })),
    ext(allow('*'), deny('*', '*', { Condition: { Null: { 'kms:ResourceAliases': 'false' } } })),
    ext(allow('*'), deny('*', '*', { Condition: { Null: { 'kms:KeySpec': 'false' } } })),
    { ...ext(allow('*')), boundary: compile(policy(deny('*', `arn:aws:kms:${REGION}:${ACCOUNT}:key/*`))) },
  ]
  const told = async (where: World, name: string, id: string, caller: Caller) => {
    try {
      await where.ask(name, { KeyId: id, Plaintext, KeySpec: 'AES_256' }, { caller })
    } catch (error) {
      assert.ok(error instanceof ApiError)
      const { decision, target } = error.denial ?? assert.fail(error.message)
      return [error.code, error.message, decision, target.resource, target.tags, target.policy, target.context]
    }
    return assert.fail('allowed')
  }
  const at = `arn:aws:kms:${REGION}:${ACCOUNT}:`
  for (const id of [`${at}key/${KeyId}`, `${at}alias/app`, `${at}key/${closed.KeyId}`, `${at}alias/closed`]) {
    for (const caller of curious) {
      for (const name of ['Encrypt', 'GenerateDataKey', 'DescribeKey']) {
        assert.deepEqual(await told(w, name, id, caller), await told(none, name, id, caller), `${name} ${id}`)
      }
      const resolved = (where: World) => where.through((keys) => keys.resolve(id), { caller })
      assert.equal(await resolved(w), await resolved(none))
      const atHome = (where: World) => where.through((keys) => keys.resolve('alias/app'), { caller, home: ACCOUNT })
      assert.equal(await atHome(w), await atHome(none))
    }
  }
})
