import type { GenerateDataKeyPairRequest, GenerateDataKeyPairResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { dataKeyPair, dataKeyPairTarget, pairAhead } from '../data-key-pair.ts'
import { keyResource, refuseRecipient } from '../model/cryptography.ts'
import { DataKeyPairSpec, DryRun, EncryptionContext, GrantTokens, KeyId, Recipient } from '../model/members.ts'
import { operation } from '../operation.ts'

type Generated = Answer<
  GenerateDataKeyPairResponse,
  'PrivateKeyCiphertextBlob' | 'PrivateKeyPlaintext' | 'PublicKey' | 'KeyId' | 'KeyPairSpec' | 'KeyMaterialId'
>

/** A key pair for use elsewhere: its private half in clear and encrypted under the key. Source: API_GenerateDataKeyPair, kms.md 16.1. */
export const GenerateDataKeyPair = operation<GenerateDataKeyPairRequest, Generated>()({
  name: 'GenerateDataKeyPair',
  effect: 'read',
  input: {
    EncryptionContext,
    KeyId: required(KeyId),
    KeyPairSpec: required(DataKeyPairSpec),
    GrantTokens,
    Recipient,
    DryRun,
  },
  errors: [
    'DependencyTimeoutException',
    'DisabledException',
    'DryRunOperationException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: ({ KeyId, EncryptionContext, KeyPairSpec, DryRun }) => ({
      keyId: KeyId,
      encryptionContext: EncryptionContext,
      keyPairSpec: KeyPairSpec,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  ahead: (input, env, call) => pairAhead(input, env, call, 'GenerateDataKeyPair'),
  target(input, env, call) {
    refuseRecipient(input.Recipient)
    return dataKeyPairTarget(input, env, call)
  },
  async run(input, env, call) {
    const { key, pair, blob, materialId } = await dataKeyPair(input, env, call, 'GenerateDataKeyPair')
    return {
      PrivateKeyCiphertextBlob: blob,
      PrivateKeyPlaintext: pair.pkcs8,
      PublicKey: pair.spki,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: materialId,
    }
  },
})
