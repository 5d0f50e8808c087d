import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AlgorithmSuiteIdentifier, buildClient, CommitmentPolicy, KmsKeyringNode, needs } from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { refused, region, session } from './session.ts'

/**
 * The AWS Encryption SDK for JavaScript with KMS keyrings, unmodified, against a started server: it encrypts under data keys
 * of our making and has them decrypted here.
 */
const { server, kms, iam } = await session()

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const CONTEXT = { tenant: 'blue', purpose: 'orders' }
const PLAINTEXT = 'a text of somebody, ü €'

type Clients = NonNullable<ConstructorParameters<typeof KmsKeyringNode>[0]>['clientProvider']

/** Keyrings ask for a client for the region of the key's ARN. */
const clientProvider = ((asked: string) => {
  needs(asked === region, `no key is in ${asked}`)
  return new KMS({ endpoint: server.url, region: asked, credentials: server.credentials })
}) as unknown as NonNullable<Clients>

const newKey = async () => (await kms.createKey({})).KeyMetadata?.Arn ?? ''

test('a message goes round, with signature and without; its context comes back with it', async () => {
  const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId: await newKey() })
  for (const suiteId of [
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY,
    AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
  ]) {
    const { result } = await encrypt(keyring, PLAINTEXT, { encryptionContext: CONTEXT, suiteId })
    const { plaintext, messageHeader } = await decrypt(keyring, result)
    assert.equal(plaintext.toString('utf8'), PLAINTEXT)
    for (const [name, value] of Object.entries(CONTEXT)) assert.equal(messageHeader.encryptionContext[name], value)
  }
})

test('one of several keys opens the message, by ARN or found in it', async () => {
  const [one, two] = [await newKey(), await newKey()]
  const both = new KmsKeyringNode({ clientProvider, generatorKeyId: one, keyIds: [two] })
  const { result } = await encrypt(both, PLAINTEXT, { encryptionContext: CONTEXT })
  for (const keyring of [
    new KmsKeyringNode({ clientProvider, keyIds: [two] }),
    new KmsKeyringNode({ clientProvider, discovery: true }),
  ])
    assert.equal((await decrypt(keyring, result)).plaintext.toString('utf8'), PLAINTEXT)
  const none = new KmsKeyringNode({ clientProvider, keyIds: [await newKey()] })
  await assert.rejects(decrypt(none, result), /unencryptedDataKey has not been set/)
})

test('with another context the data key is not given out; with a changed message it is, and the message does not open', async () => {
  const arn = await newKey()
  const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId: arn })
  const { result, messageHeader } = await encrypt(keyring, PLAINTEXT, { encryptionContext: CONTEXT })
  const [wrapped] = messageHeader.encryptedDataKeys
  const CiphertextBlob = wrapped?.encryptedDataKey
  assert.equal((await kms.decrypt({ CiphertextBlob, EncryptionContext: messageHeader.encryptionContext })).KeyId, arn)
  for (const context of [{}, CONTEXT, { ...messageHeader.encryptionContext, tenant: 'red' }])
    await refused(kms.decrypt({ CiphertextBlob, EncryptionContext: context }), 'InvalidCiphertextException')
  // The context stands in the header of the message: who changes it there has no data key either.
  const forged = Buffer.from(result)
  forged[forged.indexOf('blue')] = 'B'.charCodeAt(0)
  await assert.rejects(decrypt(keyring, forged), /InvalidCiphertextException/)
  const changed = Buffer.from(result)
  changed[changed.length - 1] = (changed[changed.length - 1] ?? 0) ^ 1
  await assert.rejects(decrypt(keyring, changed))
})

test('who may decrypt with one tenant’s context only reads nothing of another tenant', async () => {
  const arn = await newKey()
  const keyring = new KmsKeyringNode({ clientProvider, generatorKeyId: arn })
  await iam.createUser({ UserName: 'blue' })
  const statement = {
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: arn,
    Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'blue' } },
  }
  await iam.putUserPolicy({
    UserName: 'blue',
    PolicyName: 'OwnTenant',
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
  })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'blue' })
  const credentials = {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
  const own = new KmsKeyringNode({
    clientProvider: (() => new KMS({ endpoint: server.url, region, credentials })) as unknown as NonNullable<Clients>,
    keyIds: [arn],
  })
  for (const [tenant, readable] of [
    ['blue', true],
    ['red', false],
  ] as const) {
    const { result } = await encrypt(keyring, PLAINTEXT, { encryptionContext: { tenant } })
    if (readable) assert.equal((await decrypt(own, result)).plaintext.toString('utf8'), PLAINTEXT)
    else await assert.rejects(decrypt(own, result), /Unable to decrypt data key/)
  }
})
