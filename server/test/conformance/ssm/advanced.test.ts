import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { AlgorithmSuiteIdentifier, buildDecrypt, CommitmentPolicy, KmsKeyringNode } from '@aws-crypto/client-node'
import { IAM } from '@aws-sdk/client-iam'
import { KMS } from '@aws-sdk/client-kms'
import { SSM } from '@aws-sdk/client-ssm'
import { start } from '../../start.ts'
import { refused, region } from '../session.ts'

/**
 * Advanced SecureStrings: what is stored is a message of the AWS Encryption SDK, which whoever may use the key reads with that SDK and
 * nothing else of ours. Source: parameterstore.md 5.
 */

const server = await start()
const config = { endpoint: server.url, region, credentials: server.credentials }
const [ssm, kms, iam] = [new SSM(config), new KMS(config), new IAM(config)]
after(async () => {
  for (const client of [ssm, kms, iam]) client.destroy()
  await server[Symbol.asyncDispose]()
})

const { decrypt } = buildDecrypt(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const keyringOf = (KeyId: string, client: KMS) =>
  new KmsKeyringNode({ clientProvider: () => client as never, keyIds: [KeyId] })

test('trap 37: the AWS Encryption SDK decrypts what is answered without decryption, under the key, with PARAMETER_ARN', async () => {
  const KeyId = (await kms.createKey({})).KeyMetadata?.Arn ?? ''
  const Name = '/app/certificate'
  const Value = 'v'.repeat(8000)
  await ssm.putParameter({ Name, Value, Type: 'SecureString', Tier: 'Advanced', KeyId })
  const { Parameter: stored } = await ssm.getParameter({ Name })
  const { plaintext, messageHeader } = await decrypt(keyringOf(KeyId, kms), Buffer.from(stored?.Value ?? '', 'base64'))
  assert.equal(plaintext.toString(), Value)
  assert.equal(messageHeader.suiteId, AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY)
  assert.deepEqual({ ...messageHeader.encryptionContext }, { PARAMETER_ARN: stored?.ARN })
  assert.deepEqual(
    messageHeader.encryptedDataKeys.map(({ providerId, providerInfo }) => [providerId, providerInfo]),
    [['aws-kms', KeyId]],
  )
  assert.equal((await ssm.getParameter({ Name, WithDecryption: true })).Parameter?.Value, Value)
  // a standard parameter is KMS's own ciphertext
  await ssm.putParameter({ Name: '/app/token', Value: 'short', Type: 'SecureString', KeyId })
  const standard = (await ssm.getParameter({ Name: '/app/token' })).Parameter
  const EncryptionContext = { PARAMETER_ARN: standard?.ARN ?? '' }
  const CiphertextBlob = Buffer.from(standard?.Value ?? '', 'base64')
  const opened = await kms.decrypt({ CiphertextBlob, EncryptionContext })
  assert.equal(Buffer.from(opened.Plaintext ?? []).toString(), 'short')
  await assert.rejects(kms.decrypt({ CiphertextBlob, EncryptionContext: { PARAMETER_ARN: `${standard?.ARN}:1` } }), {
    name: 'InvalidCiphertextException',
  })
})

test('trap 37: writing an advanced one takes GenerateDataKey on the key, not Encrypt; reading takes Decrypt', async () => {
  const KeyId = (await kms.createKey({})).KeyMetadata?.Arn ?? ''
  await iam.createUser({ UserName: 'writer' })
  const { AccessKey } = await iam.createAccessKey({ UserName: 'writer' })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const writer = new SSM({ ...config, credentials: { accessKeyId, secretAccessKey }, maxAttempts: 1 })
  const mayDo = (...Action: string[]) => {
    const Statement = [
      { Effect: 'Allow', Action: 'ssm:*', Resource: '*' },
      ...(Action.length > 0 ? [{ Effect: 'Allow', Action, Resource: KeyId }] : []),
    ]
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    return iam.putUserPolicy({ UserName: 'writer', PolicyName: 'own', PolicyDocument })
  }
  const put = (Name: string, Tier: 'Standard' | 'Advanced') =>
    writer.putParameter({ Name, Value: 'x', Type: 'SecureString', Tier, KeyId, Overwrite: true })
  const read = (Name: string) => writer.getParameter({ Name, WithDecryption: true })
  await mayDo('kms:Encrypt')
  await put('standard', 'Standard')
  await refused(
    put('advanced', 'Advanced'),
    'AccessDeniedException',
    /kms:GenerateDataKey on resource: .* \(Service: AWSKMS; /,
  )
  await mayDo('kms:GenerateDataKey')
  await put('advanced', 'Advanced')
  await refused(put('standard', 'Standard'), 'AccessDeniedException', /kms:Encrypt on resource: /)
  for (const name of ['standard', 'advanced']) {
    await refused(read(name), 'AccessDeniedException', /kms:Decrypt on resource: /)
  }
  await mayDo('kms:Decrypt')
  for (const name of ['standard', 'advanced']) assert.equal((await read(name)).Parameter?.Value, 'x')
  writer.destroy()
})
