import type {
  GenerateDataKeyWithoutPlaintextRequest,
  GenerateDataKeyWithoutPlaintextResponse,
} from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { dataKey, dataKeyTarget } from '../data-key.ts'
import { keyResource } from '../model/cryptography.ts'
import { DataKeySpec, DryRun, EncryptionContext, GrantTokens, KeyId, NumberOfBytes } from '../model/members.ts'
import { operation } from '../operation.ts'

type Generated = Answer<GenerateDataKeyWithoutPlaintextResponse, 'CiphertextBlob' | 'KeyId' | 'KeyMaterialId'>

/** A fresh data key, encrypted only: for whoever needs it later. Source: API_GenerateDataKeyWithoutPlaintext, kms.md 4.1. */
export const GenerateDataKeyWithoutPlaintext = operation<GenerateDataKeyWithoutPlaintextRequest, Generated>()({
  name: 'GenerateDataKeyWithoutPlaintext',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    EncryptionContext,
    NumberOfBytes,
    KeySpec: DataKeySpec,
    GrantTokens,
    DryRun,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    request: ({ KeyId, EncryptionContext, KeySpec, NumberOfBytes, DryRun }) => ({
      keyId: KeyId,
      encryptionContext: EncryptionContext,
      keySpec: KeySpec,
      numberOfBytes: NumberOfBytes,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target: dataKeyTarget,
  async run(input, env, call) {
    const { key, plaintext, blob, materialId } = await dataKey(input, env, call, 'GenerateDataKeyWithoutPlaintext')
    plaintext.fill(0)
    return { CiphertextBlob: blob, KeyId: key.arn, KeyMaterialId: materialId }
  },
})
