import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, deny, OTHER_ACCOUNT, REGION, refusal, root, user, world } from './test/world.ts'

const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf'
const CONTEXT = { SecretARN: SECRET, SecretVersionId: 'v1' }
const nobody = user('nobody', [allow('secretsmanager:*')])

test('a data key comes in clear and wrapped; the blob opens to it with the same context only', async () => {
  await using w = await world()
  const made = await w.through((keys) => keys.generateDataKey(undefined, CONTEXT))
  assert.deepEqual([made.plaintext.length, made.blob.length], [32, 102])
  const back = await w.through((keys) => keys.decrypt(made.blob, CONTEXT), { effect: 'read' })
  assert.deepEqual(back, { plaintext: made.plaintext, keyArn: made.keyArn })
  await assert.rejects(
    w.through((keys) => keys.decrypt(made.blob, { ...CONTEXT, SecretVersionId: 'v2' })),
    refusal('InvalidCiphertextException'),
  )
  const sealed = await w.through((keys) => keys.encrypt(undefined, Buffer.from('value'), CONTEXT))
  assert.equal((await w.through((keys) => keys.decrypt(sealed.blob, CONTEXT))).plaintext.toString(), 'value')
})

test('each call leaves its event: who, through which service, on which key, and nothing secret (surroundings.md 1)', async () => {
  await using w = await world()
  const { blob, keyArn } = await w.through((keys) => keys.generateDataKey(undefined, CONTEXT), { caller: nobody })
  await w.through((keys) => keys.decrypt(blob, CONTEXT), { caller: nobody, effect: 'read' })
  const resources = [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: keyArn }]
  const common = { eventSource: 'kms.amazonaws.com', readOnly: true, responseElements: null, resources }
  assert.deepEqual(
    w.events.map(({ call, ...event }) => ({ ...event, via: call.via, caller: call.caller.arn })),
    [
      {
        ...common,
        eventName: 'GenerateDataKey',
        requestParameters: { keyId: 'alias/aws/secretsmanager', encryptionContext: CONTEXT, keySpec: 'AES_256' },
        via: 'secretsmanager.amazonaws.com',
        caller: nobody.arn,
      },
      {
        ...common,
        eventName: 'Decrypt',
        requestParameters: { encryptionContext: CONTEXT, encryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
        via: 'secretsmanager.amazonaws.com',
        caller: nobody.arn,
      },
    ],
  )
})

test('a refused call leaves its event too', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await assert.rejects(
    w.through((keys) => keys.generateDataKey(KeyId, CONTEXT), { caller: nobody }),
    refusal(
      'AccessDeniedException',
      `User: ${nobody.arn} is not authorized to perform: kms:GenerateDataKey on resource: ${Arn} because no identity-based policy allows the kms:GenerateDataKey action`,
    ),
  )
  assert.deepEqual(
    w.events.map(({ eventName, errorCode, resources }) => [eventName, errorCode, resources]),
    [['GenerateDataKey', 'AccessDeniedException', undefined]],
  )
})

test('the AWS managed key serves who has no kms permission, and only through its service (kms.md 13.1, access.md 73, 75)', async () => {
  await using w = await world()
  const { blob, keyArn } = await w.through((keys) => keys.generateDataKey(undefined, CONTEXT), { caller: nobody })
  await w.through((keys) => keys.decrypt(blob, CONTEXT), { caller: nobody })
  const denied = { code: 'AccessDeniedException' }
  const direct = { CiphertextBlob: blob, EncryptionContext: CONTEXT }
  await assert.rejects(
    w.ask('Decrypt', direct, { caller: admin() }),
    /no resource-based policy allows the kms:Decrypt action/,
  )
  await assert.rejects(w.ask('Decrypt', direct), denied)
  await assert.rejects(w.ask('Encrypt', { KeyId: keyArn, Plaintext: blob }, { caller: admin() }), denied)
  // Another service is another one.
  await assert.rejects(
    w.through((keys) => keys.decrypt(blob, CONTEXT), { service: 'ssm', caller: nobody }),
    denied,
  )
  // An explicit deny anywhere still blocks.
  const barred = user('barred', [allow('*'), deny('kms:Decrypt')])
  await assert.rejects(
    w.through((keys) => keys.decrypt(blob, CONTEXT), { caller: barred }),
    /explicit deny in an identity-based policy/,
  )
})

test('another account can’t use an AWS managed key through the service either (kms.md 13.1)', async () => {
  await using w = await world()
  const { blob } = await w.through((keys) => keys.generateDataKey(undefined, CONTEXT))
  for (const caller of [admin(OTHER_ACCOUNT), root(OTHER_ACCOUNT)])
    await assert.rejects(
      w.through((keys) => keys.decrypt(blob, CONTEXT), { caller }),
      {
        code: 'AccessDeniedException',
        message: /on the resource associated with this ciphertext/,
      },
    )
})

test('kms:ViaService, the encryption context and the caller’s account are conditions (access.md 77, 78)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const { blob } = await w.through((keys) => keys.generateDataKey(KeyId, CONTEXT))
  const when = (conditions: object) => ({
    caller: user('u', [allow('kms:Decrypt', '*', { Condition: { StringEquals: conditions } })]),
  })
  const decrypt = (conditions: object) => w.through((keys) => keys.decrypt(blob, CONTEXT), when(conditions))
  const denied = { code: 'AccessDeniedException' }
  await decrypt({ 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com', 'kms:CallerAccount': ACCOUNT })
  await decrypt({ 'kms:EncryptionContext:SecretARN': SECRET, 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' })
  await assert.rejects(decrypt({ 'kms:ViaService': 'ssm.us-east-1.amazonaws.com' }), denied)
  await assert.rejects(decrypt({ 'kms:EncryptionContext:SecretARN': 'another' }), denied)
  const direct = { CiphertextBlob: blob, EncryptionContext: CONTEXT }
  await assert.rejects(
    w.ask('Decrypt', direct, when({ 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' })),
    denied,
  )
})

test('permission is looked at before state, and state before the ciphertext', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const { blob } = await w.through((keys) => keys.generateDataKey(KeyId, CONTEXT))
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(
    w.through((keys) => keys.decrypt(blob, {}), { caller: nobody }),
    { code: 'AccessDeniedException' },
  )
  await assert.rejects(
    w.through((keys) => keys.decrypt(blob, {})),
    refusal('DisabledException', `${Arn} is disabled.`),
  )
  await w.ask('EnableKey', { KeyId })
  await assert.rejects(
    w.through((keys) => keys.decrypt(blob, {})),
    refusal('InvalidCiphertextException'),
  )
})

for (const where of ['memory', 'a file'] as const)
  test(`50 first uses at once make one AWS managed key, store in ${where} (kms.md 18, 12)`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'strongroom-kms-'))
    t.after(() => rm(folder, { recursive: true }))
    await using w = await world(where === 'memory' ? {} : { file: join(folder, 'store.db') })
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, i) => w.through((keys) => keys.generateDataKey(undefined, { i: String(i) }))),
    )
    assert.equal(new Set(made.map(({ keyArn }) => keyArn)).size, 1)
    assert.equal((await w.ask('ListKeys', {})).Keys.length, 1)
    for (const [i, { blob, plaintext }] of made.entries())
      assert.deepEqual((await w.through((keys) => keys.decrypt(blob, { i: String(i) }))).plaintext, plaintext)
  })

test('the managed key is one for each account and region; its alias names it, also before the first use', async () => {
  await using w = await world()
  const alias = 'alias/aws/secretsmanager'
  const use = (asked: object, keyId?: string) => w.through((keys) => keys.generateDataKey(keyId, {}), asked)
  const arns = [
    (await use({}, alias)).keyArn,
    (await use({ region: 'eu-west-1' })).keyArn,
    (await use({ caller: root(OTHER_ACCOUNT) }, `arn:aws:kms:${REGION}:${OTHER_ACCOUNT}:${alias}`)).keyArn,
    (await use({ service: 'ssm' })).keyArn,
  ]
  assert.equal(new Set(arns).size, 4)
  assert.equal((await use({})).keyArn, arns[0])
})

test('a unit that only reads never makes a key', async () => {
  await using w = await world()
  await assert.rejects(
    w.through((keys) => keys.generateDataKey(undefined, {}), { effect: 'read' }),
    /only reads/,
  )
  assert.deepEqual((await w.ask('ListKeys', {})).Keys, [])
})

test('resolve tells the ARN behind a name, and undefined for what is not there or malformed', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const resolve = (name: string) => w.through((keys) => keys.resolve(name), { effect: 'read', caller: nobody })
  for (const name of [KeyId, Arn, 'alias/app', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`])
    assert.equal(await resolve(name), Arn)
  for (const name of [
    'alias/none',
    'fake',
    'arn:x',
    '1234abcd-12ab-34cd-56ef-1234567890ab',
    'alias/aws/secretsmanager',
  ])
    assert.equal(await resolve(name), undefined)
  assert.deepEqual(w.events, [])
})
