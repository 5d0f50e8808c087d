import type { SignRequest, SignResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkMessage, signed } from '../asymmetric/signatures.ts'
import { privately } from '../asymmetric/turns.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { DryRun, GrantTokens, KeyId, Message, MessageType, SigningAlgorithm } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Signed = Answer<SignResponse, 'KeyId' | 'Signature' | 'SigningAlgorithm'>

/**
 * Signs a message of up to 4,096 bytes, or what its owner made of it: a digest, or FIPS 204's mu. The signature is made when
 * the unit of work is closed. Source: API_Sign, kms.md 16.1.
 */
export const Sign = operation<SignRequest, Signed>()({
  name: 'Sign',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    Message: required(Message),
    MessageType,
    GrantTokens,
    SigningAlgorithm: required(SigningAlgorithm),
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
  ],
  audit: {
    request: ({ KeyId, MessageType = 'RAW', SigningAlgorithm, DryRun }) => ({
      keyId: KeyId,
      messageType: MessageType,
      signingAlgorithm: SigningAlgorithm,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId, MessageType = 'RAW', SigningAlgorithm }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, ANY_KEY)
    return keyTarget(found.located, {
      more: { 'kms:SigningAlgorithm': SigningAlgorithm, 'kms:MessageType': MessageType },
    })
  },
  async run({ Message, MessageType = 'RAW', SigningAlgorithm, GrantTokens, DryRun }, env, call) {
    const { keys, found } = env
    const key = present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    requireUsage(key, 'SIGN_VERIFY', 'Sign')
    requireAlgorithm(key, SigningAlgorithm)
    checkMessage({ algorithm: SigningAlgorithm, type: MessageType, message: Message })
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    found.pair = await keys.pair(key)
    return { KeyId: key.arn, Signature: Buffer.alloc(0), SigningAlgorithm }
  },
  async after(out, { Message, MessageType = 'RAW', SigningAlgorithm }, { found, thread }, { caller }) {
    const what = { algorithm: SigningAlgorithm, type: MessageType, message: Message }
    const sign = () => signed(kept(found.pair), what, thread)
    return { ...out, Signature: await privately.take(caller.principalArn, sign) }
  },
})
