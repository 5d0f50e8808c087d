import type { GetPublicKeyRequest, GetPublicKeyResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkTokens } from '../grant-tokens.ts'
import { keyResource } from '../model/cryptography.ts'
import { GrantTokens, KeyId } from '../model/members.ts'
import { algorithmsOf, isPair, olderSpec } from '../model/specs.ts'
import { operation } from '../operation.ts'
import { usable, usedKey } from '../using.ts'

type Got = Answer<GetPublicKeyResponse, 'KeyId' | 'PublicKey' | 'KeySpec' | 'KeyUsage'>

/** The public half of a key, for use anywhere. Source: API_GetPublicKey, kms.md 16.1. */
export const GetPublicKey = operation<GetPublicKeyRequest, Got>()({
  name: 'GetPublicKey',
  effect: 'read',
  input: { KeyId: required(KeyId), GrantTokens },
  errors: [
    'DependencyTimeoutException',
    'DisabledException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    request: ({ KeyId }) => ({ keyId: KeyId }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target: ({ KeyId }, env, call) => usedKey(KeyId, {}, env, call),
  async run({ GrantTokens }, env, call) {
    const key = usable(env, call)
    // A symmetric key has no public half; no text (recorded).
    if (!isPair(key.spec)) throw new ApiError('UnsupportedOperationException')
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    const { spki } = await env.keys.pair(key)
    return {
      KeyId: key.arn,
      PublicKey: spki,
      CustomerMasterKeySpec: olderSpec(key.spec),
      KeySpec: key.spec,
      KeyUsage: key.usage,
      ...algorithmsOf(key),
    }
  },
})
