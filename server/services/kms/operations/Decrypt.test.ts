import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { ACCOUNT, admin, allow, OTHER_ACCOUNT, refusal, root, user, world } from '../test/world.ts'

const Plaintext = Buffer.from('some plaintext')
const UNKNOWN =
  'on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access'
const unknown = (arn: string) =>
  refusal('AccessDeniedException', `User: ${arn} is not authorized to perform: kms:Decrypt ${UNKNOWN}`)
const invalid = refusal('InvalidCiphertextException')

async function encrypted(more: object = {}) {
  const w = await world()
  const key = await w.key()
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId: key.KeyId, Plaintext, ...more })
  return { w, ...key, CiphertextBlob: CiphertextBlob as Buffer }
}

test('Decrypt finds the key by the blob and answers ARN, algorithm and material id', async () => {
  const { w, Arn, CiphertextBlob, KeyId } = await encrypted()
  await using _ = w
  const { CurrentKeyMaterialId } = (await w.ask('DescribeKey', { KeyId })).KeyMetadata
  assert.deepEqual(await w.ask('Decrypt', { CiphertextBlob }), {
    Plaintext,
    KeyId: Arn,
    EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    KeyMaterialId: CurrentKeyMaterialId,
  })
})

test('Decrypt of a blob with any byte changed: InvalidCiphertext or the text that tells nothing (kms.md 18, 3)', async () => {
  const { w, CiphertextBlob } = await encrypted()
  await using _ = w
  const codes = new Map<string, number[]>()
  for (let i = 0; i < CiphertextBlob.length; i++) {
    const changed = Buffer.from(CiphertextBlob)
    changed[i] = (changed[i] as number) ^ 0x10
    const error = await w.ask('Decrypt', { CiphertextBlob: changed }).catch((error: unknown) => error)
    assert(error instanceof ApiError)
    codes.set(`${error.code} ${error.message}`, [...(codes.get(`${error.code} ${error.message}`) ?? []), i])
  }
  const material = codes.get(
    `AccessDeniedException User: ${root().arn} is not authorized to perform: kms:Decrypt ${UNKNOWN}`,
  )
  assert.deepEqual(
    material,
    Array.from({ length: 32 }, (_, i) => 6 + i),
  )
  assert.equal(codes.get('InvalidCiphertextException ')?.length, CiphertextBlob.length - 32)
})

test('Decrypt of garbage, a cut blob, a lengthened one (recorded: no text)', async () => {
  const { w, CiphertextBlob } = await encrypted()
  await using _ = w
  const bad = [Buffer.from('x'), Buffer.alloc(6144), CiphertextBlob.subarray(0, 117), CiphertextBlob.subarray(0, -1)]
  for (const blob of [...bad, Buffer.concat([CiphertextBlob, Buffer.from('x')])])
    await assert.rejects(w.ask('Decrypt', { CiphertextBlob: blob }), invalid)
})

test('Decrypt needs the very same pairs: none equals an empty map (kms.md 4.2)', async () => {
  const { w, CiphertextBlob } = await encrypted({ EncryptionContext: { a: '1', B: '2' } })
  await using _ = w
  const decrypt = (EncryptionContext?: object) => w.ask('Decrypt', { CiphertextBlob, EncryptionContext })
  assert.deepEqual((await decrypt({ B: '2', a: '1' })).Plaintext, Plaintext)
  for (const context of [undefined, {}, { a: '1' }, { a: '1', b: '2' }, { a: '1', B: '2', c: '' }, { A: '1', B: '2' }])
    await assert.rejects(decrypt(context), invalid)
  const none = (await w.ask('Encrypt', { KeyId: (await w.key()).KeyId, Plaintext, EncryptionContext: {} }))
    .CiphertextBlob
  assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob: none })).Plaintext, Plaintext)
})

test('Decrypt with KeyId: the right key by any name, else IncorrectKey, but permission on the blob’s key first (kms.md 17, 3)', async () => {
  const { w, KeyId, CiphertextBlob } = await encrypted()
  await using _ = w
  await w.ask('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId })
  for (const name of [KeyId, 'alias/app'])
    assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob, KeyId: name })).Plaintext, Plaintext)
  const other = await w.key()
  await assert.rejects(
    w.ask('Decrypt', { CiphertextBlob, KeyId: other.KeyId }),
    refusal(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
  )
  const onOther = { caller: user('u', [allow('kms:Decrypt', other.Arn)]) }
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, KeyId: other.KeyId }, onOther), {
    code: 'AccessDeniedException',
  })
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob: Buffer.from('x'), KeyId: other.KeyId }, onOther), invalid)
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob: Buffer.from('x'), KeyId }, onOther), {
    code: 'AccessDeniedException',
  })
})

test('Decrypt in another region, of a deleted key, of another account’s: one text for all (kms.md 4.3)', async () => {
  const { w, CiphertextBlob } = await encrypted()
  await using _ = w
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { region: 'eu-west-1' }), unknown(root().arn))
  const stranger = { caller: admin(OTHER_ACCOUNT) }
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, stranger), unknown(stranger.caller.arn))
})

test('Decrypt across accounts: the key policy and the caller’s own policies must both allow (kms.md 8.3, 5)', async () => {
  await using w = await world()
  const friend = user('friend', [allow('kms:Decrypt')], OTHER_ACCOUNT)
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: root().arn }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Allow', Principal: { AWS: friend.arn }, Action: 'kms:Decrypt', Resource: '*' },
    ],
  })
  const { KeyId } = await w.key({ Policy })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext })
  assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob }, { caller: friend })).Plaintext, Plaintext)
  const poor = user('friend', [], OTHER_ACCOUNT)
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { caller: poor }), /no identity-based policy allows/)
})

test('Decrypt by who may not, on a key in any state: a refusal for permission, never for state (kms.md 1.1)', async () => {
  const { w, KeyId, Arn, CiphertextBlob } = await encrypted()
  await using _ = w
  const refused = refusal(
    'AccessDeniedException',
    `User: arn:aws:iam::${ACCOUNT}:user/u is not authorized to perform: kms:Decrypt on resource: ${Arn} because no identity-based policy allows the kms:Decrypt action`,
  )
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { caller: user('u') }), refused)
  await w.ask('DisableKey', { KeyId })
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }, { caller: user('u') }), refused)
})

test('Decrypt in a dry run, with the ciphertext or without (kms.md 4.1)', async () => {
  const { w, KeyId, CiphertextBlob } = await encrypted()
  await using _ = w
  const dry = { code: 'DryRunOperationException' }
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, DryRun: true }), dry)
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, DryRun: true, EncryptionContext: { a: 'b' } }), invalid)
  const ignoring = { DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
  await assert.rejects(w.ask('Decrypt', { KeyId, ...ignoring }), dry)
  await assert.rejects(w.ask('Decrypt', ignoring), refusal('ValidationException', 'KeyId must not be null'))
  await assert.rejects(w.ask('Decrypt', { KeyId, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }), {
    code: 'ValidationException',
  })
  await assert.rejects(
    w.ask('Decrypt', { KeyId }),
    refusal(
      'ValidationException',
      "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    ),
  )
})

test('Decrypt with an RSA algorithm needs KeyId, and a key of RSA (kms.md 4.1, recorded)', async () => {
  const { w, KeyId, CiphertextBlob } = await encrypted()
  await using _ = w
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  await assert.rejects(
    w.ask('Decrypt', { CiphertextBlob, EncryptionAlgorithm }),
    refusal('ValidationException', 'KeyId must not be null'),
  )
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, KeyId, EncryptionAlgorithm }), {
    code: 'InvalidKeyUsageException',
  })
})

test('Decrypt with Recipient is refused, never answered in clear (kms.md 0)', async () => {
  const { w, CiphertextBlob } = await encrypted()
  await using _ = w
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob, Recipient: {} }), { code: 'ValidationException' })
})

test('Decrypt with RSA: garbage, another hash, no algorithm, all read the same, also in a dry run (kms.md 4.1, recorded)', async () => {
  await using w = await world()
  const { KeyId } = await w.key({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256'
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, EncryptionAlgorithm, Plaintext: Buffer.from('x') })
  const decrypt = (more: object) => w.ask('Decrypt', { KeyId, CiphertextBlob, EncryptionAlgorithm, ...more })
  assert.equal((await decrypt({})).Plaintext.toString(), 'x')
  const broken = refusal('InvalidCiphertextException')
  const changed = Buffer.from(CiphertextBlob)
  changed[5] = (changed[5] as number) ^ 1
  for (const wrong of [
    { EncryptionAlgorithm: undefined },
    { EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' },
    { CiphertextBlob: changed },
    { CiphertextBlob: Buffer.of(1) },
    { CiphertextBlob: Buffer.alloc(6144, 1) },
  ]) {
    await assert.rejects(decrypt(wrong), broken)
    await assert.rejects(decrypt({ ...wrong, DryRun: true }), broken)
  }
  await assert.rejects(decrypt({ DryRun: true }), { code: 'DryRunOperationException' })
  await assert.rejects(decrypt({ KeyId: undefined }), refusal('ValidationException', 'KeyId must not be null'))
  await assert.rejects(decrypt({ EncryptionContext: { a: 'b' } }), { code: 'ValidationException' })
})

test('Decrypt with a key for something else is told as with the wrong key (kms.md 4.1, recorded)', async () => {
  await using w = await world()
  const symmetric = await w.key()
  const signer = await w.key({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId: symmetric.KeyId, Plaintext: Buffer.from('x') })
  const incorrect = refusal(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
  await assert.rejects(w.ask('Decrypt', { KeyId: signer.KeyId, CiphertextBlob }), incorrect)
  await assert.rejects(
    w.ask('Decrypt', { KeyId: signer.KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    incorrect,
  )
  await assert.rejects(
    w.ask('Decrypt', { KeyId: symmetric.KeyId, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    refusal(
      'InvalidKeyUsageException',
      'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
    ),
  )
})

test('Decrypt by an alias that leads to another key meets no condition on the alias (kms.md 12, kms:RequestAlias)', async () => {
  await using w = await world()
  const [own, other] = [await w.key(), await w.key()]
  await w.ask('CreateAlias', { AliasName: 'alias/own', TargetKeyId: own.KeyId })
  const Condition = { StringEquals: { 'kms:RequestAlias': 'alias/own' } }
  const caller = user('u', [allow(['kms:Decrypt', 'kms:ReEncrypt*'], '*', { Condition })])
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId: own.KeyId, Plaintext: Buffer.from('x') })
  const theirs = await w.ask('Encrypt', { KeyId: other.KeyId, Plaintext: Buffer.from('x') })
  await w.ask('DisableKey', { KeyId: other.KeyId })
  const KeyId = 'alias/own'
  assert.equal((await w.ask('Decrypt', { KeyId, CiphertextBlob }, { caller })).Plaintext.toString(), 'x')
  // Neither that it is another key's nor that this is disabled.
  const stranger = { CiphertextBlob: theirs.CiphertextBlob }
  await assert.rejects(w.ask('Decrypt', { KeyId, ...stranger }, { caller }), { code: 'AccessDeniedException' })
  await assert.rejects(w.ask('ReEncrypt', { SourceKeyId: KeyId, DestinationKeyId: KeyId, ...stranger }, { caller }), {
    code: 'AccessDeniedException',
  })
  await w.ask('ReEncrypt', { SourceKeyId: KeyId, DestinationKeyId: KeyId, CiphertextBlob }, { caller })
})
