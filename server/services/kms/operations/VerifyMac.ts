import { createHmac, timingSafeEqual } from 'node:crypto'
import type { VerifyMacRequest, VerifyMacResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkTokens } from '../grant-tokens.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { macHash } from '../model/mac.ts'
import { DryRun, GrantTokens, KeyId, Mac, MacAlgorithm, Message } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { operation } from '../operation.ts'
import { usable, usedKey } from '../using.ts'

type Verified = Answer<VerifyMacResponse, 'KeyId' | 'MacValid' | 'MacAlgorithm'>

/** Says that an HMAC is right, or throws: it never says that one is wrong. Source: API_VerifyMac, kms.md 16.2. */
export const VerifyMac = operation<VerifyMacRequest, Verified>()({
  name: 'VerifyMac',
  effect: 'read',
  input: {
    Message: required(Message),
    KeyId: required(KeyId),
    MacAlgorithm: required(MacAlgorithm),
    Mac: required(Mac),
    GrantTokens,
    DryRun,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'InvalidGrantTokenException',
    'InvalidKeyUsageException',
    'KeyUnavailableException',
    'KMSInternalException',
    'KMSInvalidMacException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    request: ({ KeyId, MacAlgorithm, DryRun }) => ({ keyId: KeyId, macAlgorithm: MacAlgorithm, dryRun: DryRun }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target: ({ KeyId, MacAlgorithm }, env, call) =>
    usedKey(KeyId, { more: { 'kms:MacAlgorithm': MacAlgorithm } }, env, call),
  async run({ Message, MacAlgorithm, Mac, GrantTokens, DryRun }, env, call) {
    const key = usable(env, call)
    requireUsage(key, 'GENERATE_VERIFY_MAC', 'VerifyMac')
    requireAlgorithm(key, MacAlgorithm)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    const mac = createHmac(macHash(MacAlgorithm), await env.keys.secret(key))
      .update(Message)
      .digest()
    // No text (recorded).
    if (mac.length !== Mac.length || !timingSafeEqual(mac, Mac)) throw new ApiError('KMSInvalidMacException')
    dryRun(DryRun)
    return { MacValid: true, MacAlgorithm, KeyId: key.arn }
  },
})
