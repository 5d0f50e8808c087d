import type { VerifyRequest, VerifyResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { isSigned } from '../asymmetric/signatures.ts'
import { privately } from '../asymmetric/turns.ts'
import { checkTokens } from '../grant-tokens.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { DryRun, GrantTokens, KeyId, Message, MessageType, Signature, SigningAlgorithm } from '../model/members.ts'
import { kept, operation } from '../operation.ts'
import { signable, signingKey, signingTarget } from '../signing.ts'

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
  target: signingTarget,
  async run(input, env, call) {
    const key = signingKey(input, env, call, 'Verify')
    const { SigningAlgorithm, GrantTokens } = input
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    env.found.pair = await env.keys.pair(key)
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm }
  },
  async after(out, input, { found, thread }, call) {
    const verify = () => isSigned(kept(found.pair), signable(input), input.Signature, thread)
    if (!(await privately.take(call.caller.principalArn, verify))) throw new ApiError('KMSInvalidSignatureException')
    dryRun(input.DryRun)
    return out
  },
})
