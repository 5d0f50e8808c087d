import { createHmac } from 'node:crypto'
import type { GenerateMacRequest, GenerateMacResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { macHash } from '../model/mac.ts'
import { DryRun, GrantTokens, KeyId, MacAlgorithm, Message } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

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
  async target({ KeyId, MacAlgorithm }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, ANY_KEY)
    return keyTarget(found.located, { more: { 'kms:MacAlgorithm': MacAlgorithm } })
  },
  async run({ Message, MacAlgorithm, GrantTokens, DryRun }, env, call) {
    const { keys, found } = env
    const key = present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    requireUsage(key, 'GENERATE_VERIFY_MAC', 'GenerateMac')
    requireAlgorithm(key, MacAlgorithm)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    const mac = createHmac(macHash(MacAlgorithm), await keys.secret(key))
    return { Mac: mac.update(Message).digest(), MacAlgorithm, KeyId: key.arn }
  },
})
