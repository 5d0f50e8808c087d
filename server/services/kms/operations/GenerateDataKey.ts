import type { GenerateDataKeyRequest, GenerateDataKeyResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { dataKey, dataKeyTarget } from '../data-key.ts'
import { keyResource, refuseRecipient } from '../model/cryptography.ts'
import {
  DataKeySpec,
  DryRun,
  EncryptionContext,
  GrantTokens,
  KeyId,
  NumberOfBytes,
  Recipient,
} from '../model/members.ts'
import { operation } from '../operation.ts'

type Generated = Answer<GenerateDataKeyResponse, 'CiphertextBlob' | 'Plaintext' | 'KeyId' | 'KeyMaterialId'>

/** A fresh data key, in clear and encrypted. Source: API_GenerateDataKey, kms.md 4.1. */
export const GenerateDataKey = operation<GenerateDataKeyRequest, Generated>()({
  name: 'GenerateDataKey',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    EncryptionContext,
    NumberOfBytes,
    KeySpec: DataKeySpec,
    GrantTokens,
    Recipient,
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
  target(input, env, call) {
    refuseRecipient(input.Recipient)
    return dataKeyTarget(input, env, call)
  },
  async run(input, env, call) {
    const { key, plaintext, blob, materialId } = await dataKey(input, env, call, 'GenerateDataKey')
    return { CiphertextBlob: blob, Plaintext: plaintext, KeyId: key.arn, KeyMaterialId: materialId }
  },
})
