import type {
  GenerateDataKeyPairWithoutPlaintextRequest,
  GenerateDataKeyPairWithoutPlaintextResponse,
} from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { dataKeyPair, dataKeyPairTarget, pairAhead } from '../data-key-pair.ts'
import { keyResource } from '../model/cryptography.ts'
import { DataKeyPairSpec, DryRun, EncryptionContext, GrantTokens, KeyId } from '../model/members.ts'
import { operation } from '../operation.ts'

type Generated = Answer<
  GenerateDataKeyPairWithoutPlaintextResponse,
  'PrivateKeyCiphertextBlob' | 'PublicKey' | 'KeyId' | 'KeyPairSpec' | 'KeyMaterialId'
>

/** A key pair whose private half is for later: only encrypted under the key. Source: API_GenerateDataKeyPairWithoutPlaintext, kms.md 16.1. */
export const GenerateDataKeyPairWithoutPlaintext = operation<GenerateDataKeyPairWithoutPlaintextRequest, Generated>()({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  effect: 'read',
  input: {
    EncryptionContext,
    KeyId: required(KeyId),
    KeyPairSpec: required(DataKeyPairSpec),
    GrantTokens,
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
  ahead: (input, env, call) => pairAhead(input, env, call, 'GenerateDataKeyPairWithoutPlaintext'),
  target: dataKeyPairTarget,
  async run(input, env, call) {
    const { key, pair, blob, materialId } = await dataKeyPair(input, env, call, 'GenerateDataKeyPairWithoutPlaintext')
    env.unit.afterCommit(() => pair.pkcs8.fill(0))
    return {
      PrivateKeyCiphertextBlob: blob,
      PublicKey: pair.spki,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: materialId,
    }
  },
})
