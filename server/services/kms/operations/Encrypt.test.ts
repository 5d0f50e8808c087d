import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

const Plaintext = Buffer.from('x')

test('Encrypt answers the ARN, whatever names the key, and Decrypt gives the plaintext back', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  for (const name of [KeyId, Arn, 'alias/app', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`]) {
    const out = await w.ask('Encrypt', { KeyId: name, Plaintext })
    assert.deepEqual([out.KeyId, out.EncryptionAlgorithm], [Arn, 'SYMMETRIC_DEFAULT'])
    assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob: out.CiphertextBlob })).Plaintext, Plaintext)
  }
})

test('Encrypt of 1, 32 and 4,096 bytes gives at most 140 bytes more (kms.md 18, 1)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  for (const size of [1, 32, 4096]) {
    const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.alloc(size, 1) })
    assert.equal(CiphertextBlob.length, size + 118)
    assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob })).Plaintext, Buffer.alloc(size, 1))
  }
})

test('Encrypt refuses an algorithm that the key has not (kms.md 4.1)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await assert.rejects(
    w.ask('Encrypt', { KeyId, Plaintext, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' }),
    refusal('InvalidKeyUsageException', 'Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.'),
  )
})

test('Encrypt in a dry run says that it would have worked, and fails as it would have failed (kms.md 4.1)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key()
  const dry = { KeyId, Plaintext, DryRun: true }
  await assert.rejects(
    w.ask('Encrypt', dry),
    refusal('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.'),
  )
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(w.ask('Encrypt', dry), refusal('DisabledException', `${Arn} is disabled.`))
})

test('Encrypt on a key of the account that is not there, and on another account’s, seen or not (kms.md 2, 8.3)', async () => {
  await using w = await world()
  const id = '1234abcd-12ab-34cd-56ef-1234567890ab'
  const arn = (account: string, key: string) => `arn:aws:kms:us-east-1:${account}:key/${key}`
  await assert.rejects(
    w.ask('Encrypt', { KeyId: id, Plaintext }),
    refusal('NotFoundException', `Key '${arn(ACCOUNT, id)}' does not exist`),
  )
  await assert.rejects(
    w.ask('Encrypt', { KeyId: 'alias/none', Plaintext }),
    refusal('NotFoundException', `Alias arn:aws:kms:us-east-1:${ACCOUNT}:alias/none is not found.`),
  )
  const theirs = await w.key({}, { caller: root(OTHER_ACCOUNT) })
  for (const key of [arn(OTHER_ACCOUNT, id), theirs.Arn])
    await assert.rejects(
      w.ask('Encrypt', { KeyId: key, Plaintext }, { caller: admin() }),
      refusal(
        'AccessDeniedException',
        `User: ${admin().arn} is not authorized to perform: kms:Encrypt on resource: ${key} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`,
      ),
    )
})

test('Encrypt needs the key policy: directly, or the account in it and an identity policy (kms.md 8.3, access.md 64-68)', async () => {
  await using w = await world()
  const plain = await w.key()
  const alice = `arn:aws:iam::${ACCOUNT}:user/alice`
  const direct = await w.key({
    BypassPolicyLockoutSafetyCheck: true,
    Policy: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: alice }, Action: 'kms:Encrypt', Resource: '*' }],
    }),
  })
  const text = (arn: string, kind: string) =>
    refusal(
      'AccessDeniedException',
      `User: ${alice} is not authorized to perform: kms:Encrypt on resource: ${arn} because no ${kind}-based policy allows the kms:Encrypt action`,
    )
  const encrypt = (key: { Arn: string }, caller = user('alice')) =>
    w.ask('Encrypt', { KeyId: key.Arn, Plaintext }, { caller })
  await encrypt(plain, user('alice', [allow('kms:Encrypt', plain.Arn)]))
  await assert.rejects(encrypt(plain), text(plain.Arn, 'identity'))
  await encrypt(direct)
  // The key policy does not name the account: an identity policy has no effect, nor has being root.
  await assert.rejects(encrypt(direct, user('bob', [allow('kms:*')])), /no resource-based policy allows/)
  await assert.rejects(encrypt(direct, root()), /no resource-based policy allows/)
})

test('Encrypt: the alias in the request and the aliases of the key are conditions (access.md 79-81)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  const byRequest = user('u', [
    allow('kms:Encrypt', '*', { Condition: { StringEquals: { 'kms:RequestAlias': 'alias/app' } } }),
  ])
  await w.ask('Encrypt', { KeyId: 'alias/app', Plaintext }, { caller: byRequest })
  await assert.rejects(w.ask('Encrypt', { KeyId, Plaintext }, { caller: byRequest }), { code: 'AccessDeniedException' })
  const condition = { 'ForAnyValue:StringEquals': { 'kms:ResourceAliases': 'alias/app' } }
  await w.ask(
    'Encrypt',
    { KeyId, Plaintext },
    { caller: user('u', [allow('kms:Encrypt', '*', { Condition: condition })]) },
  )
  const onAlias = user('u', [allow('kms:Encrypt', `arn:aws:kms:us-east-1:${ACCOUNT}:alias/app`)])
  await assert.rejects(w.ask('Encrypt', { KeyId: 'alias/app', Plaintext }, { caller: onAlias }), {
    code: 'AccessDeniedException',
  })
})

test('Encrypt: the encryption context is a condition (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await w.key()
  const Condition = {
    StringEquals: { 'kms:EncryptionContext:Team': 'blue' },
    'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['Team', 'App'] },
  }
  const caller = user('u', [allow('kms:Encrypt', '*', { Condition })])
  const encrypt = (EncryptionContext: object) => w.ask('Encrypt', { KeyId, Plaintext, EncryptionContext }, { caller })
  await encrypt({ Team: 'blue' })
  await encrypt({ Team: 'blue', App: 'x' })
  for (const context of [{}, { Team: 'red' }, { Team: 'blue', Other: 'x' }, { Team: 'blue', team: 'blue' }])
    await assert.rejects(encrypt(context), { code: 'AccessDeniedException' })
})

test('Encrypt with RSA: OAEP of either hash, its longest plaintext and no longer (kms.md 4.1, recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await w.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const encrypt = (EncryptionAlgorithm: string | undefined, size: number, more: object = {}) =>
    w.ask('Encrypt', { KeyId, EncryptionAlgorithm, Plaintext: Buffer.alloc(size, 1), ...more })
  for (const [algorithm, most] of [
    ['RSAES_OAEP_SHA_1', 214],
    ['RSAES_OAEP_SHA_256', 190],
  ] as const) {
    const out = await encrypt(algorithm, most)
    assert.deepEqual([out.KeyId, out.EncryptionAlgorithm, out.CiphertextBlob.length], [Arn, algorithm, 256])
    const { CiphertextBlob } = out
    const back = await w.ask('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm: algorithm })
    assert.deepEqual(back, { Plaintext: Buffer.alloc(most, 1), KeyId: Arn, EncryptionAlgorithm: algorithm })
    await assert.rejects(
      encrypt(algorithm, most + 1),
      refusal(
        'ValidationException',
        `Algorithm ${algorithm} and key spec RSA_2048 cannot encrypt data larger than ${most} bytes.`,
      ),
    )
    await assert.rejects(encrypt(algorithm, 1, { DryRun: true }), { code: 'DryRunOperationException' })
  }
  await assert.rejects(
    encrypt(undefined, 1),
    refusal('InvalidKeyUsageException', 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.'),
  )
  await assert.rejects(
    encrypt('RSAES_OAEP_SHA_256', 1, { EncryptionContext: { a: 'b' } }),
    refusal(
      'ValidationException',
      'EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.',
    ),
  )
  // An empty context is none (kms.md 17, 7).
  await encrypt('RSAES_OAEP_SHA_256', 1, { EncryptionContext: {} })
})

test('Encrypt needs a key for it (kms.md 4.1, recorded)', async () => {
  await using w = await world()
  for (const [KeySpec, KeyUsage] of [
    ['RSA_2048', 'SIGN_VERIFY'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ] as const) {
    const { KeyId, Arn } = await w.key({ KeySpec, KeyUsage })
    await assert.rejects(
      w.ask('Encrypt', { KeyId, Plaintext }),
      refusal('InvalidKeyUsageException', `${Arn} key usage is ${KeyUsage} which is not valid for Encrypt.`),
    )
  }
})
