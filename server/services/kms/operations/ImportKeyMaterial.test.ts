import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto'
import { test } from 'node:test'
import { RowForged } from '#kernel/sealing/row-mac'
import { RSA_PKCS8 } from '../asymmetric/test/vectors.ts'
import { bring, wrapped } from '../test/importing.ts'
import { allow, refusal, user, type World, world } from '../test/world.ts'

const DAY_MS = 86_400_000
const NEVER = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }
const SECRET = Buffer.alloc(32, 7)

const external = (w: World, more: object = {}) => w.key({ Origin: 'EXTERNAL', ...more })
const metadata = async (w: World, KeyId: string) => (await w.ask('DescribeKey', { KeyId })).KeyMetadata

test('a key whose material is brought is pending import until then (kms.md 16.3, recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await external(w)
  const before = await metadata(w, KeyId)
  assert.deepEqual([before.Enabled, before.KeyState, before.Origin], [false, 'PendingImport', 'EXTERNAL'])
  for (const absent of ['ExpirationModel', 'ValidTo', 'CurrentKeyMaterialId']) assert(!(absent in before), absent)
  const encrypt = () => w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  await assert.rejects(encrypt(), refusal('KMSInvalidStateException', `${Arn} is pending import.`))
  const out = await bring(w, KeyId, SECRET)
  assert.equal(out.KeyId, Arn)
  assert.match(out.KeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  const after = await metadata(w, KeyId)
  assert.deepEqual(
    [after.Enabled, after.KeyState, after.ExpirationModel, after.ValidTo, after.CurrentKeyMaterialId],
    [true, 'Enabled', 'KEY_MATERIAL_DOES_NOT_EXPIRE', undefined, out.KeyMaterialId],
  )
  const { CiphertextBlob } = await encrypt()
  assert.equal((await w.ask('Decrypt', { CiphertextBlob })).KeyMaterialId, out.KeyMaterialId)
})

test('ImportKeyMaterial opens every wrapping algorithm (kms.md 16.3)', async () => {
  await using w = await world()
  for (const algorithm of [
    'RSAES_OAEP_SHA_1',
    'RSAES_OAEP_SHA_256',
    'RSA_AES_KEY_WRAP_SHA_1',
    'RSA_AES_KEY_WRAP_SHA_256',
  ] as const) {
    const { KeyId } = await external(w)
    await bring(w, KeyId, SECRET, NEVER, { algorithm })
    assert.equal((await metadata(w, KeyId)).KeyState, 'Enabled', algorithm)
  }
})

test('ImportKeyMaterial of private keys: they sign as their owner’s did; no id of material is told', async () => {
  await using w = await world()
  const pkcs8 = (type: 'ec' | 'ed25519', options: object = {}) =>
    generateKeyPairSync(type as 'ec', { ...(options as { namedCurve: string }) }).privateKey.export({
      type: 'pkcs8',
      format: 'der',
    })
  for (const [KeySpec, SigningAlgorithm, hash, bytes] of [
    ['RSA_2048', 'RSASSA_PKCS1_V1_5_SHA_256', 'sha256', RSA_PKCS8],
    ['ECC_NIST_P384', 'ECDSA_SHA_384', 'sha384', pkcs8('ec', { namedCurve: 'secp384r1' })],
    ['ECC_SECG_P256K1', 'ECDSA_SHA_256', 'sha256', pkcs8('ec', { namedCurve: 'secp256k1' })],
    ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512', null, pkcs8('ed25519')],
  ] as const) {
    const { KeyId, Arn } = await external(w, { KeySpec, KeyUsage: 'SIGN_VERIFY' })
    assert.deepEqual(await bring(w, KeyId, bytes), { KeyId: Arn })
    const Message = Buffer.from('m')
    const { Signature } = await w.ask('Sign', { KeyId, Message, SigningAlgorithm })
    const key = createPublicKey(createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' }))
    assert.equal(verify(hash, Message, key, Signature), true, KeySpec)
  }
})

test('ImportKeyMaterial refuses material that does not fit the key (code of the API; text assumed)', async () => {
  await using w = await world()
  const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
  const sec1 = p256.export({ type: 'sec1', format: 'der' })
  const cases: readonly (readonly [object, Buffer])[] = [
    [{}, Buffer.alloc(31)],
    [{}, Buffer.alloc(33)],
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, Buffer.alloc(31)],
    [{ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }, Buffer.alloc(65)],
    [{ KeySpec: 'HMAC_512', KeyUsage: 'GENERATE_VERIFY_MAC' }, Buffer.alloc(129)],
    [{ KeySpec: 'ECC_NIST_P384', KeyUsage: 'SIGN_VERIFY' }, p256.export({ type: 'pkcs8', format: 'der' })],
    [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, sec1],
    [{ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }, Buffer.alloc(32, 1)],
    [{ KeySpec: 'RSA_3072', KeyUsage: 'SIGN_VERIFY' }, RSA_PKCS8],
  ]
  for (const [kind, bytes] of cases) {
    const { KeyId } = await external(w, kind)
    const KeySpec = 'KeySpec' in kind ? kind.KeySpec : 'SYMMETRIC_DEFAULT'
    await assert.rejects(
      bring(w, KeyId, bytes),
      refusal('IncorrectKeyMaterialException', `The key material is not valid for a KMS key of key spec ${KeySpec}.`),
    )
    assert.equal((await metadata(w, KeyId)).KeyState, 'PendingImport')
  }
})

test('ImportKeyMaterial: tokens of other keys, none at all, old ones; a wrapping that does not open (recorded)', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  const other = await external(w)
  const parameters = (id: string) =>
    w.ask('GetParametersForImport', {
      KeyId: id,
      WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
      WrappingKeySpec: 'RSA_2048',
    })
  const mine = await parameters(KeyId)
  const theirs = await parameters(other.KeyId)
  const EncryptedKeyMaterial = wrapped(mine.PublicKey, 'RSAES_OAEP_SHA_256', SECRET)
  const ask = (more: object) =>
    w.ask('ImportKeyMaterial', { KeyId, ImportToken: mine.ImportToken, EncryptedKeyMaterial, ...NEVER, ...more })
  const invalid = refusal('InvalidImportTokenException')
  await assert.rejects(ask({ ImportToken: theirs.ImportToken }), invalid)
  await assert.rejects(ask({ ImportToken: Buffer.of(1) }), invalid)
  const changed = Buffer.from(mine.ImportToken)
  changed[100] = (changed[100] as number) ^ 1
  await assert.rejects(ask({ ImportToken: changed }), invalid)
  const wrong = refusal('InvalidCiphertextException')
  await assert.rejects(ask({ EncryptedKeyMaterial: Buffer.of(1) }), wrong)
  await assert.rejects(ask({ EncryptedKeyMaterial: wrapped(theirs.PublicKey, 'RSAES_OAEP_SHA_256', SECRET) }), wrong)
  await assert.rejects(ask({ EncryptedKeyMaterial: wrapped(mine.PublicKey, 'RSAES_OAEP_SHA_1', SECRET) }), wrong)
  w.clock.set(w.clock.now() + DAY_MS - 1)
  await ask({})
  w.clock.set(w.clock.now() + 1)
  await assert.rejects(ask({}), refusal('ExpiredImportTokenException'))
})

test('ImportKeyMaterial: when it expires must be said, and lie ahead within a year (first text recorded)', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  const at = (ms: number) => ({ ValidTo: new Date(w.clock.now() + ms) })
  const refused = (text: string) => refusal('ValidationException', text)
  await assert.rejects(
    bring(w, KeyId, SECRET, {}),
    refused('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES'),
  )
  await assert.rejects(bring(w, KeyId, SECRET, at(0)), refused('The validTo date must be in the future'))
  await assert.rejects(
    bring(w, KeyId, SECRET, at(365 * DAY_MS + 1000)),
    refused('The validTo date must be within 365 days'),
  )
  await assert.rejects(
    bring(w, KeyId, SECRET, { ...NEVER, ...at(DAY_MS) }),
    refused('A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE'),
  )
  await bring(w, KeyId, SECRET, at(365 * DAY_MS))
  const { ExpirationModel, ValidTo } = await metadata(w, KeyId)
  assert.deepEqual([ExpirationModel, ValidTo], ['KEY_MATERIAL_EXPIRES', new Date(w.clock.now() + 365 * DAY_MS)])
})

test('expired material is gone: the key is pending import until the same is imported again (kms.md 16.3)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await external(w)
  const validTo = new Date(w.clock.now() + DAY_MS)
  const { KeyMaterialId } = await bring(w, KeyId, SECRET, { ValidTo: validTo })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const decrypt = () => w.ask('Decrypt', { CiphertextBlob })
  await w.runner.travel(w.clock, w.clock.now() + DAY_MS - 1)
  assert.equal((await decrypt()).Plaintext.toString(), 'x')
  await w.runner.travel(w.clock, w.clock.now() + 1)
  await assert.rejects(decrypt(), refusal('KMSInvalidStateException', `${Arn} is pending import.`))
  await assert.rejects(
    w.through((keys) => keys.decrypt(CiphertextBlob, {})),
    refusal('KMSInvalidStateException', `${Arn} is pending import.`),
  )
  const gone = await metadata(w, KeyId)
  assert.deepEqual([gone.KeyState, gone.CurrentKeyMaterialId], ['PendingImport', KeyMaterialId])
  assert(!('ExpirationModel' in gone || 'ValidTo' in gone))
  await assert.rejects(bring(w, KeyId, Buffer.alloc(32, 8)), { code: 'IncorrectKeyMaterialException' })
  assert.deepEqual(await bring(w, KeyId, SECRET), { KeyId: Arn, KeyMaterialId })
  assert.equal((await decrypt()).Plaintext.toString(), 'x')
  // Nothing is left to expire.
  await w.runner.travel(w.clock, w.clock.now() + 400 * DAY_MS)
  assert.equal((await decrypt()).Plaintext.toString(), 'x')
})

test('expired material is of no use from its ValidTo on, however late the job that takes it away (kms.md 16.3)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await external(w)
  const later = w.clock.now() + DAY_MS
  await bring(w, KeyId, SECRET, { ValidTo: new Date(later) })
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const mac = await w.key({ Origin: 'EXTERNAL', KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await bring(w, mac.KeyId, SECRET, { ValidTo: new Date(later) })
  const waiting = await external(w)
  await bring(w, waiting.KeyId, SECRET)
  await bring(w, waiting.KeyId, Buffer.alloc(32, 8), { ImportType: 'NEW_KEY_MATERIAL', ValidTo: new Date(later) })
  // No job runs here.
  w.clock.set(later - 1)
  assert.equal((await w.ask('Decrypt', { CiphertextBlob })).Plaintext.toString(), 'x')
  w.clock.set(later)
  const gone = refusal('KMSInvalidStateException', `${Arn} is pending import.`)
  await assert.rejects(w.ask('Decrypt', { CiphertextBlob }), gone)
  await assert.rejects(w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') }), gone)
  await assert.rejects(w.ask('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }), gone)
  await assert.rejects(
    w.through((keys) => keys.decrypt(CiphertextBlob, {})),
    gone,
  )
  await assert.rejects(
    w.through((keys) => keys.generateDataKey(KeyId, {})),
    gone,
  )
  await assert.rejects(
    w.ask('GenerateMac', { KeyId: mac.KeyId, Message: SECRET, MacAlgorithm: 'HMAC_SHA_256' }),
    refusal('KMSInvalidStateException', `${mac.Arn} is pending import.`),
  )
  const shown = await metadata(w, KeyId)
  assert.deepEqual([shown.KeyState, shown.Enabled], ['PendingImport', false])
  assert(!('ExpirationModel' in shown || 'ValidTo' in shown))
  await assert.rejects(w.ask('RotateKeyOnDemand', { KeyId: waiting.KeyId }), { code: 'KMSInvalidStateException' })
  // Brought again before the job has been by, it lasts.
  await bring(w, KeyId, SECRET)
  await w.runner.runDue(later)
  assert.equal((await w.ask('Decrypt', { CiphertextBlob })).Plaintext.toString(), 'x')
})

test('importing again moves the expiry, and leaves a disabled key disabled (kms.md 11, 16.3)', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  await bring(w, KeyId, SECRET, { ValidTo: new Date(w.clock.now() + DAY_MS) })
  await w.ask('DisableKey', { KeyId })
  const later = new Date(w.clock.now() + 9 * DAY_MS)
  await bring(w, KeyId, SECRET, { ValidTo: later })
  const described = await metadata(w, KeyId)
  assert.deepEqual([described.KeyState, described.ValidTo], ['Disabled', later])
  await w.runner.travel(w.clock, w.clock.now() + 2 * DAY_MS)
  assert.equal((await metadata(w, KeyId)).KeyState, 'Disabled')
  await w.runner.travel(w.clock, later.getTime())
  assert.equal((await metadata(w, KeyId)).KeyState, 'PendingImport')
})

test('a second material waits for a rotation, and no third may wait beside it (texts recorded)', async () => {
  await using w = await world()
  const { KeyId, Arn } = await external(w)
  const first = await bring(w, KeyId, SECRET)
  const NEW = { ...NEVER, ImportType: 'NEW_KEY_MATERIAL' }
  await assert.rejects(
    bring(w, KeyId, SECRET, NEW),
    refusal(
      'IncorrectKeyMaterialException',
      `Key material (id: ${first.KeyMaterialId}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${Arn}.`,
    ),
  )
  // Without ImportType it is to be one that is known (API_ImportKeyMaterial).
  await assert.rejects(bring(w, KeyId, Buffer.alloc(32, 8)), refusal('IncorrectKeyMaterialException'))
  const second = await bring(w, KeyId, Buffer.alloc(32, 8), NEW)
  assert.equal((await metadata(w, KeyId)).CurrentKeyMaterialId, first.KeyMaterialId)
  const third = bring(w, KeyId, Buffer.alloc(32, 9), NEW)
  await assert.rejects(third, (error: Error) => {
    assert.match(
      error.message,
      new RegExp(
        `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${KeyId}, because another key material \\(id: ${second.KeyMaterialId}\\) is pending rotation\\.$`,
      ),
    )
    return true
  })
  await assert.rejects(
    bring(w, KeyId, Buffer.alloc(32, 8), NEW),
    refusal(
      'IncorrectKeyMaterialException',
      `Key material (id: ${second.KeyMaterialId}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${Arn}.`,
    ),
  )
  // What waits may be deleted, without any harm to the key; then another one may wait.
  await w.ask('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: second.KeyMaterialId })
  assert.equal((await metadata(w, KeyId)).KeyState, 'Enabled')
  await bring(w, KeyId, Buffer.alloc(32, 9), NEW)
})

test('KeyMaterialId pins what is imported; both it and ImportType are for symmetric keys', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  const { KeyMaterialId } = await bring(w, KeyId, SECRET)
  await bring(w, KeyId, SECRET, { ...NEVER, KeyMaterialId })
  await assert.rejects(bring(w, KeyId, SECRET, { ...NEVER, KeyMaterialId: 'a'.repeat(64) }), {
    code: 'IncorrectKeyMaterialException',
  })
  const hmac = await external(w, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  const both = refusal(
    'ValidationException',
    'ImportType and KeyMaterialId can only be specified for symmetric encryption keys.',
  )
  await assert.rejects(bring(w, hmac.KeyId, SECRET, { ...NEVER, ImportType: 'NEW_KEY_MATERIAL' }), both)
})

test('an HMAC key and a pair have one material for life (kms.md 16.3)', async () => {
  await using w = await world()
  const { KeyId } = await external(w, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' })
  await bring(w, KeyId, SECRET)
  const asked = { KeyId, Message: Buffer.from('m'), MacAlgorithm: 'HMAC_SHA_256' }
  const { Mac } = await w.ask('GenerateMac', asked)
  await assert.rejects(bring(w, KeyId, randomBytes(32)), refusal('IncorrectKeyMaterialException'))
  await w.ask('DeleteImportedKeyMaterial', { KeyId })
  await assert.rejects(w.ask('GenerateMac', asked), { code: 'KMSInvalidStateException' })
  await assert.rejects(bring(w, KeyId, randomBytes(32)), refusal('IncorrectKeyMaterialException'))
  await bring(w, KeyId, SECRET)
  assert.deepEqual((await w.ask('GenerateMac', asked)).Mac, Mac)
})

test('ImportKeyMaterial: expiry is a condition (kms.md 12)', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  const caller = user('u', [
    allow('kms:GetParametersForImport'),
    allow('kms:ImportKeyMaterial', '*', {
      Condition: {
        StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' },
        DateLessThan: { 'kms:ValidTo': new Date(w.clock.now() + 10 * DAY_MS).toISOString() },
      },
    }),
  ])
  const at = (days: number) => ({ ValidTo: new Date(w.clock.now() + days * DAY_MS) })
  await bring(w, KeyId, SECRET, at(9), { caller })
  await assert.rejects(bring(w, KeyId, SECRET, at(11), { caller }), { code: 'AccessDeniedException' })
  await assert.rejects(bring(w, KeyId, SECRET, NEVER, { caller }), { code: 'AccessDeniedException' })
})

test('a multi-Region key: each Region is brought the same material; a new one is taken up when all have it (kms.md 7)', async () => {
  await using w = await world()
  const there = { region: 'eu-west-1' }
  const { KeyId, Arn } = await external(w, { MultiRegion: true })
  const first = await bring(w, KeyId, SECRET)
  await w.ask('ReplicateKey', { KeyId, ReplicaRegion: there.region })
  const far = async () => (await w.ask('DescribeKey', { KeyId }, there)).KeyMetadata
  assert.equal((await far()).KeyState, 'PendingImport')
  await assert.rejects(bring(w, KeyId, Buffer.alloc(32, 8), NEVER, there), refusal('IncorrectKeyMaterialException'))
  assert.equal((await bring(w, KeyId, SECRET, NEVER, there)).KeyMaterialId, first.KeyMaterialId)
  const { KeyState, CurrentKeyMaterialId } = await far()
  assert.deepEqual([KeyState, CurrentKeyMaterialId], ['Enabled', first.KeyMaterialId])
  const { CiphertextBlob } = await w.ask('Encrypt', { KeyId, Plaintext: Buffer.from('x') })
  const read = async () => (await w.ask('Decrypt', { CiphertextBlob }, there)).Plaintext.toString()
  assert.equal(await read(), 'x')

  const next = Buffer.alloc(32, 8)
  const second = await bring(w, KeyId, next, { ...NEVER, ImportType: 'NEW_KEY_MATERIAL' })
  const waiting = async () => {
    const { Rotations } = await w.ask('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })
    return Rotations[1].KeyMaterialState
  }
  assert.equal(await waiting(), 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION')
  await assert.rejects(
    w.ask('RotateKeyOnDemand', { KeyId }),
    refusal('KMSInvalidStateException', `No available key material pending rotation for the key: ${Arn}.`),
  )
  await bring(w, KeyId, next, NEVER, there)
  assert.equal(await waiting(), 'PENDING_ROTATION')
  assert.equal((await far()).CurrentKeyMaterialId, first.KeyMaterialId)
  await w.ask('RotateKeyOnDemand', { KeyId })
  for (const region of [undefined, there.region]) {
    const { KeyMetadata } = await w.ask('DescribeKey', { KeyId }, region === undefined ? {} : { region })
    assert.deepEqual([KeyMetadata.KeyState, KeyMetadata.CurrentKeyMaterialId], ['Enabled', second.KeyMaterialId])
  }
  assert.equal(await read(), 'x')
  // A replica without any one of them can't be used; the primary can.
  await w.ask('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: first.KeyMaterialId }, there)
  assert.equal((await far()).KeyState, 'PendingImport')
  assert.equal((await metadata(w, KeyId)).KeyState, 'Enabled')
  await bring(w, KeyId, SECRET, NEVER, there)
  assert.equal(await read(), 'x')
})

test('what is known of imported material is as this server wrote it, or the key is not changed by it', async () => {
  await using w = await world()
  const { KeyId } = await external(w)
  await bring(w, KeyId, SECRET, { ValidTo: new Date(w.clock.now() + DAY_MS) })
  for (const forged of ['expires_at = expires_at + 1', 'expires_at = null', 'pending = 1', "description = 'x'"]) {
    const sql = `update kms_import set ${forged}`
    await w.storage.unit('write', (unit) => unit.run({ name: `test/${sql}`, sql }, {}))
    await assert.rejects(bring(w, KeyId, SECRET), RowForged, forged)
    await assert.rejects(w.ask('DeleteImportedKeyMaterial', { KeyId }), RowForged)
    const back = 'update kms_import set expires_at = :at, pending = 0, description = :empty'
    const at = w.clock.now() + DAY_MS
    await w.storage.unit('write', (unit) => unit.run({ name: `test/${back}`, sql: back }, { at, empty: '' }))
  }
  await bring(w, KeyId, SECRET)
})
