import { createHmac } from 'node:crypto'
import type { GenerateMacRequest, GenerateMacResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkTokens } from '../grant-tokens.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { macHash } from '../model/mac.ts'
import { DryRun, GrantTokens, KeyId, MacAlgorithm, Message } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { operation } from '../operation.ts'
import { usable, usedKey } from '../using.ts'

type Generated = Answer<GenerateMacResponse, 'KeyId' | 'Mac' | 'MacAlgorithm'>

/** The HMAC of a message under a key. Source: API_GenerateMac, kms.md 16.2. */
export const GenerateMac = operation<GenerateMacRequest, Generated>()({
  name: 'GenerateMac',
  effect: 'read',
  input: {
    Message: required(Message),
    KeyId: required(KeyId),
    MacAlgorithm: required(MacAlgorithm),
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
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    request: ({ KeyId, MacAlgorithm, DryRun }) => ({ keyId: KeyId, macAlgorithm: MacAlgorithm, dryRun: DryRun }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target: ({ KeyId, MacAlgorithm }, env, call) =>
    usedKey(KeyId, { more: { 'kms:MacAlgorithm': MacAlgorithm } }, env, call),
  async run({ Message, MacAlgorithm, GrantTokens, DryRun }, env, call) {
    const key = usable(env, call)
    requireUsage(key, 'GENERATE_VERIFY_MAC', 'GenerateMac')
    requireAlgorithm(key, MacAlgorithm)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    const mac = createHmac(macHash(MacAlgorithm), await env.keys.secret(key))
    return { Mac: mac.update(Message).digest(), MacAlgorithm, KeyId: key.arn }
  },
})
