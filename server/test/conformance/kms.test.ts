import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paginateListAliases, paginateListKeys } from '@aws-sdk/client-kms'
import { refused, session } from './session.ts'

// A walk through the key service as far as it is there. Source: kms.md 2, 3, 4, 5.
const { kms, secrets } = await session()

async function newKey(): Promise<{ id: string; arn: string }> {
  const { KeyMetadata } = await kms.createKey({ Description: 'of a test' })
  return { id: KeyMetadata?.KeyId ?? '', arn: KeyMetadata?.Arn ?? '' }
}

test('CreateKey and DescribeKey answer the metadata as recorded (kms.md 3.2)', async () => {
  const { KeyMetadata } = await kms.createKey({ Description: 'of a test', Tags: [{ TagKey: 'a', TagValue: 'b' }] })
  const { CreationDate, CurrentKeyMaterialId, KeyId = '', Arn, AWSAccountId, ...rest } = KeyMetadata ?? {}
  assert.match(KeyId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  assert.equal(Arn, `arn:aws:kms:us-east-1:${AWSAccountId}:key/${KeyId}`)
  assert.ok(CreationDate instanceof Date)
  assert.match(CurrentKeyMaterialId ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    Description: 'of a test',
    Enabled: true,
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    KeyManager: 'CUSTOMER',
    KeySpec: 'SYMMETRIC_DEFAULT',
    KeyState: 'Enabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    MultiRegion: false,
    Origin: 'AWS_KMS',
  })
  for (const id of [KeyId, Arn]) assert.deepEqual((await kms.describeKey({ KeyId: id })).KeyMetadata, KeyMetadata)
})

test('what Encrypt made Decrypt opens, with the same context only', async () => {
  const { id, arn } = await newKey()
  const Plaintext = Buffer.from('hello')
  const EncryptionContext = { a: '1', b: '2' }
  const encrypted = await kms.encrypt({ KeyId: id, Plaintext, EncryptionContext })
  assert.equal(encrypted.KeyId, arn)
  assert.equal(encrypted.EncryptionAlgorithm, 'SYMMETRIC_DEFAULT')
  const { CiphertextBlob } = encrypted
  const decrypted = await kms.decrypt({ CiphertextBlob, EncryptionContext: { b: '2', a: '1' } })
  assert.deepEqual([Buffer.from(decrypted.Plaintext ?? []), decrypted.KeyId], [Plaintext, arn])
  for (const context of [{}, { a: '1' }, { ...EncryptionContext, c: '3' }, { a: '1', b: '3' }]) {
    await refused(kms.decrypt({ CiphertextBlob, EncryptionContext: context }), 'InvalidCiphertextException')
  }
  const changed = Buffer.from(CiphertextBlob ?? [])
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  await refused(kms.decrypt({ CiphertextBlob: changed, EncryptionContext }), 'InvalidCiphertextException')
  const other = await newKey()
  await refused(
    kms.decrypt({ CiphertextBlob, EncryptionContext, KeyId: other.id }),
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  )
})

test('the longest plaintext fits, one byte more does not (recorded, kms.md 4.1)', async () => {
  const { id } = await newKey()
  const { CiphertextBlob = new Uint8Array() } = await kms.encrypt({ KeyId: id, Plaintext: Buffer.alloc(4096, 7) })
  assert.ok(CiphertextBlob.length <= 6144)
  assert.equal((await kms.decrypt({ CiphertextBlob })).Plaintext?.length, 4096)
  await refused(
    kms.encrypt({ KeyId: id, Plaintext: Buffer.alloc(4097) }),
    'ValidationException',
    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  )
})

test('GenerateDataKey answers a key of the size asked for, in clear and wrapped', async () => {
  const { id, arn } = await newKey()
  for (const [size, bytes] of [
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 64 }, 64],
  ] as const) {
    const { Plaintext, CiphertextBlob, KeyId } = await kms.generateDataKey({ KeyId: id, ...size })
    assert.equal(Plaintext?.length, bytes)
    assert.equal(KeyId, arn)
    assert.deepEqual((await kms.decrypt({ CiphertextBlob })).Plaintext, Plaintext)
  }
  await refused(
    kms.generateDataKey({ KeyId: id }),
    'ValidationException',
    'Please specify either number of bytes or key spec.',
  )
})

test('an alias names its key in cryptographic operations and in DescribeKey', async () => {
  const { id, arn } = await newKey()
  await kms.createAlias({ AliasName: 'alias/walk/app', TargetKeyId: id })
  assert.equal((await kms.describeKey({ KeyId: 'alias/walk/app' })).KeyMetadata?.Arn, arn)
  const encrypted = await kms.encrypt({ KeyId: 'alias/walk/app', Plaintext: Buffer.from('x') })
  assert.equal(encrypted.KeyId, arn)
  const { Aliases = [] } = await kms.listAliases({ KeyId: id })
  assert.deepEqual(
    Aliases.map(({ AliasName, AliasArn, TargetKeyId }) => ({ AliasName, AliasArn, TargetKeyId })),
    [
      {
        AliasName: 'alias/walk/app',
        AliasArn: arn.replace(`key/${id}`, 'alias/walk/app'),
        TargetKeyId: id,
      },
    ],
  )
  await refused(
    kms.createAlias({ AliasName: 'alias/walk/app', TargetKeyId: id }),
    'AlreadyExistsException',
    `An alias with the name ${Aliases[0]?.AliasArn} already exists`,
  )
  await refused(
    kms.createAlias({ AliasName: 'walk', TargetKeyId: id }),
    'ValidationException',
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  )
  await refused(kms.createAlias({ AliasName: 'alias/aws/mine', TargetKeyId: id }), 'NotAuthorizedException')
})

test('a key id that names nothing is refused in AWS’s words (recorded, kms.md 2)', async () => {
  const { arn } = await newKey()
  const none = '00000000-0000-4000-8000-000000000000'
  await refused(kms.describeKey({ KeyId: 'fake-key-id' }), 'NotFoundException', "Invalid keyId 'fake-key-id'")
  const missing = `Key '${arn.replace(/[^/]+$/, none)}' does not exist`
  await refused(kms.describeKey({ KeyId: none }), 'NotFoundException', missing)
  const alias = `Alias ${arn.replace(/key\/.+$/, 'alias/none')} is not found.`
  await refused(kms.describeKey({ KeyId: 'alias/none' }), 'NotFoundException', alias)
})

test('the paginators walk all keys and aliases once', async () => {
  const made = await Promise.all([newKey(), newKey(), newKey()])
  for (const [at, { id }] of made.entries()) await kms.createAlias({ AliasName: `alias/page-${at}`, TargetKeyId: id })
  const keys: (string | undefined)[] = []
  for await (const { Keys = [] } of paginateListKeys({ client: kms, pageSize: 2 }, {})) {
    assert.ok(Keys.length <= 2)
    keys.push(...Keys.map(({ KeyArn }) => KeyArn))
  }
  assert.equal(new Set(keys).size, keys.length)
  for (const { arn } of made) assert.ok(keys.includes(arn))
  const aliases: (string | undefined)[] = []
  for await (const { Aliases = [] } of paginateListAliases({ client: kms, pageSize: 2 }, {})) {
    assert.ok(Aliases.length <= 2)
    aliases.push(...Aliases.map(({ AliasName }) => AliasName))
  }
  assert.equal(new Set(aliases).size, aliases.length)
  for (const at of made.keys()) assert.ok(aliases.includes(`alias/page-${at}`))
})

test('alias/aws/secretsmanager has its key after the first secret', async () => {
  await secrets.createSecret({ Name: 'first', SecretString: 'x' })
  const { KeyMetadata } = await kms.describeKey({ KeyId: 'alias/aws/secretsmanager' })
  assert.equal(KeyMetadata?.KeyManager, 'AWS')
  assert.equal(KeyMetadata?.KeyState, 'Enabled')
})
