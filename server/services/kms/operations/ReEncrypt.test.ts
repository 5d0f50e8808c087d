import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, admin, allow, OTHER_ACCOUNT, refusal, user, world } from '../test/world.ts'

const Plaintext = Buffer.from('the value')

async function two(more: object = {}) {
  const w = await world()
  const [one, other] = [await w.key(), await w.key(more)]
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId: one.KeyId, Plaintext, EncryptionContext: { a: '1' } })
  const again = (input: object = {}, asked = {}) =>
    w.ask(
      'ReEncrypt',
      { CiphertextBlob, SourceEncryptionContext: { a: '1' }, DestinationKeyId: other.KeyId, ...input },
      asked,
    )
  return { w, one, other, CiphertextBlob, again, [Symbol.asyncDispose]: () => w[Symbol.asyncDispose]() }
}

test('ReEncrypt moves a ciphertext to another key and context, and says under which materials (kms.md 4.1)', async () => {
  await using t = await two()
  const { w, one, other } = t
  const materialOf = async (KeyId: string) => (await w.ask('DescribeKey', { KeyId })).KeyMetadata.CurrentKeyMaterialId
  const was = await materialOf(one.KeyId)
  await w.ask('RotateKeyOnDemand', { KeyId: one.KeyId })
  const { CiphertextBlob, ...rest } = await t.again({ DestinationEncryptionContext: { b: '2' } })
  assert.deepEqual(rest, {
    KeyId: other.Arn,
    SourceKeyId: one.Arn,
    SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
    SourceKeyMaterialId: was,
    DestinationKeyMaterialId: await materialOf(other.KeyId),
  })
  const open = (EncryptionContext?: object) => w.ask('Decrypt', { CiphertextBlob, EncryptionContext })
  assert.deepEqual((await open({ b: '2' })).Plaintext, Plaintext)
  await assert.rejects(open({ a: '1' }), refusal('InvalidCiphertextException'))
  // Rotated: the same key gives another material.
  const same = await t.again({ DestinationKeyId: one.Arn })
  assert.equal(same.DestinationKeyMaterialId, await materialOf(one.KeyId))
  assert.notEqual(same.DestinationKeyMaterialId, was)
})

test('ReEncrypt needs kms:ReEncryptFrom on one key and kms:ReEncryptTo on the other; kms:ReEncrypt* is both (kms.md 17, 9)', async () => {
  await using t = await two()
  const by = (...statements: object[]) => t.again({}, { caller: user('ann', statements) })
  const [from, to] = [allow('kms:ReEncryptFrom', t.one.Arn), allow('kms:ReEncryptTo', t.other.Arn)]
  await by(from, to)
  await by(allow('kms:ReEncrypt*'))
  for (const statements of [[from], [to], [allow('kms:ReEncrypt')], [allow(['kms:Encrypt', 'kms:Decrypt'])]])
    await assert.rejects(by(...statements), { code: 'AccessDeniedException' })
})

test('ReEncrypt: contexts of both sides, and whether the key stays the same, are conditions (kms.md 12)', async () => {
  await using t = await two()
  const by = (from: object, to: object, more: object = {}) =>
    t.again(
      { DestinationEncryptionContext: { b: '2' }, ...more },
      {
        caller: user('ann', [
          allow('kms:ReEncryptFrom', '*', { Condition: from }),
          allow('kms:ReEncryptTo', '*', { Condition: to }),
        ]),
      },
    )
  const a = { StringEquals: { 'kms:EncryptionContext:a': '1' } }
  const b = { StringEquals: { 'kms:EncryptionContext:b': '2' } }
  await by(a, b)
  await assert.rejects(by(b, a), { code: 'AccessDeniedException' })
  const same = (value: string) => ({ Bool: { 'kms:ReEncryptOnSameKey': value } })
  await by(same('false'), same('false'))
  await by(same('true'), same('true'), { DestinationKeyId: t.one.KeyId })
  await assert.rejects(by(same('true'), same('true')), { code: 'AccessDeniedException' })
})

test('ReEncrypt by right of grants', async () => {
  await using t = await two()
  const ann = user('ann')
  const grant = (KeyId: string, operation: string) =>
    t.w.ask('CreateGrant', { KeyId, GranteePrincipal: ann.arn, Operations: [operation] })
  await grant(t.one.KeyId, 'ReEncryptFrom')
  await assert.rejects(t.again({}, { caller: ann }), { code: 'AccessDeniedException' })
  await grant(t.other.KeyId, 'ReEncryptTo')
  await t.again({}, { caller: ann })
})

test('ReEncrypt: wrong context, another SourceKeyId, states of both, garbage, DryRun (kms.md 4.1, 11)', async () => {
  await using t = await two()
  const { w, one, other } = t
  await assert.rejects(t.again({ SourceEncryptionContext: {} }), refusal('InvalidCiphertextException'))
  await assert.rejects(t.again({ CiphertextBlob: Buffer.from('garbage') }), refusal('InvalidCiphertextException'))
  await assert.rejects(
    t.again({ SourceKeyId: other.KeyId }),
    refusal(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    ),
  )
  await t.again({ SourceKeyId: one.Arn })
  const dry = { code: 'DryRunOperationException' }
  await assert.rejects(t.again({ DryRun: true }), dry)
  await assert.rejects(t.again({ DryRun: true, SourceEncryptionContext: {} }), refusal('InvalidCiphertextException'))
  const blind = { CiphertextBlob: undefined, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }
  await assert.rejects(t.again({ ...blind, SourceKeyId: one.KeyId }), dry)
  // One that is there all the same is not looked at.
  const { CiphertextBlob: _, ...ignoring } = blind
  await assert.rejects(t.again({ ...ignoring, SourceKeyId: one.KeyId }), dry)
  await assert.rejects(t.again(blind), { code: 'ValidationException' })
  await w.ask('DisableKey', { KeyId: other.KeyId })
  await assert.rejects(t.again(), refusal('DisabledException', `${other.Arn} is disabled.`))
  await w.ask('DisableKey', { KeyId: one.KeyId })
  await assert.rejects(t.again(), refusal('DisabledException', `${one.Arn} is disabled.`))
})

test('ReEncrypt to and from a public key, whose side names no material (kms.md 4.1, recorded)', async () => {
  await using t = await two({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })
  const { w, one, other } = t
  const algorithm = 'RSAES_OAEP_SHA_256'
  const there = await t.again({ DestinationEncryptionAlgorithm: algorithm })
  assert.deepEqual([there.DestinationKeyMaterialId, there.KeyId], [undefined, other.Arn])
  const back = (more: object = {}) =>
    w.ask('ReEncrypt', {
      CiphertextBlob: there.CiphertextBlob,
      SourceKeyId: other.KeyId,
      SourceEncryptionAlgorithm: algorithm,
      DestinationKeyId: one.KeyId,
      ...more,
    })
  const { CiphertextBlob, SourceKeyMaterialId } = await back()
  assert.equal(SourceKeyMaterialId, undefined)
  assert.deepEqual((await w.ask('Decrypt', { CiphertextBlob })).Plaintext, Plaintext)
  await assert.rejects(back({ DryRun: true }), { code: 'DryRunOperationException' })
  await assert.rejects(back({ SourceKeyId: undefined }), { code: 'ValidationException' })
  await assert.rejects(back({ SourceEncryptionContext: { a: '1' } }), { code: 'ValidationException' })
  await assert.rejects(t.again({ DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }), {
    code: 'InvalidKeyUsageException',
  })
})

test('ReEncrypt tells a stranger nothing of the key behind a ciphertext (kms.md 4.3)', async () => {
  await using t = await two()
  const stranger = admin(OTHER_ACCOUNT)
  const own = await t.w.key({}, { caller: stranger })
  const text = `User: ${stranger.arn} is not authorized to perform: kms:ReEncryptFrom on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`
  const unknown = Buffer.from(t.CiphertextBlob)
  unknown[20] = (unknown[20] ?? 0) ^ 1
  for (const CiphertextBlob of [t.CiphertextBlob, unknown])
    await assert.rejects(
      t.again({ CiphertextBlob, DestinationKeyId: own.KeyId }, { caller: stranger }),
      refusal('AccessDeniedException', text),
    )
  assert.equal(t.one.Arn.split(':')[4], ACCOUNT)
})

test('ReEncrypt is in the trails of the owners of both keys', async () => {
  await using t = await two()
  const copies = t.w.service.operations.ReEncrypt?.audit?.copies
  const theirs = t.one.Arn.replace(ACCOUNT, OTHER_ACCOUNT)
  const owners = (SourceKeyId: string, KeyId: string) => copies?.({}, { SourceKeyId, KeyId }, t.w.call({}))
  assert.deepEqual(owners(t.one.Arn, theirs), [{ owner: OTHER_ACCOUNT }])
  assert.deepEqual(owners(theirs, t.one.Arn), [{ owner: OTHER_ACCOUNT }])
  assert.deepEqual(owners(theirs, theirs), [{ owner: OTHER_ACCOUNT }])
  assert.deepEqual(owners(t.one.Arn, t.other.Arn), [])
})
