import type { VerifyRequest, VerifyResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkMessage, isSigned } from '../asymmetric/signatures.ts'
import { privately } from '../asymmetric/turns.ts'
import { checkTokens } from '../grant-tokens.ts'
import { ANY_KEY, keyTarget, locate, present } from '../locate.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { DryRun, GrantTokens, KeyId, Message, MessageType, Signature, SigningAlgorithm } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Verified = Answer<VerifyResponse, 'KeyId' | 'SignatureValid' | 'SigningAlgorithm'>

/** Says that a signature is right, or throws: it never says that one is wrong. Source: API_Verify, kms.md 16.1. */
export const Verify = operation<VerifyRequest, Verified>()({
  name: 'Verify',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    Message: required(Message),
    MessageType,
    Signature: required(Signature),
    SigningAlgorithm: required(SigningAlgorithm),
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
    'KMSInvalidSignatureException',
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
  async run({ Message, MessageType = 'RAW', SigningAlgorithm, GrantTokens }, env, call) {
    const { keys, found } = env
    const key = present(kept(found.located))
    requireState(key, 'cryptography', call.now)
    requireUsage(key, 'SIGN_VERIFY', 'Verify')
    requireAlgorithm(key, SigningAlgorithm)
    checkMessage({ algorithm: SigningAlgorithm, type: MessageType, message: Message })
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    found.pair = await keys.pair(key)
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm }
  },
  async after(out, { Message, MessageType = 'RAW', Signature, SigningAlgorithm, DryRun }, { found, thread }, call) {
    const what = { algorithm: SigningAlgorithm, type: MessageType, message: Message }
    const verify = () => isSigned(kept(found.pair), what, Signature, thread)
    if (!(await privately.take(call.caller.principalArn, verify))) throw new ApiError('KMSInvalidSignatureException')
    dryRun(DryRun)
    return out
  },
})
