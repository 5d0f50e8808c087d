import type { SignRequest, SignResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { signed } from '../asymmetric/signatures.ts'
import { privately } from '../asymmetric/turns.ts'
import { checkTokens } from '../grant-tokens.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { DryRun, GrantTokens, KeyId, Message, MessageType, SigningAlgorithm } from '../model/members.ts'
import { kept, operation } from '../operation.ts'
import { signable, signingKey, signingTarget } from '../signing.ts'

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
  target: signingTarget,
  async run(input, env, call) {
    const key = signingKey(input, env, call, 'Sign')
    const { SigningAlgorithm, GrantTokens, DryRun } = input
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    env.found.pair = await env.keys.pair(key)
    return { KeyId: key.arn, Signature: Buffer.alloc(0), SigningAlgorithm }
  },
  async after(out, input, { found, thread }, { caller }) {
    const sign = () => signed(kept(found.pair), signable(input), thread)
    return { ...out, Signature: await privately.take(caller.principalArn, sign) }
  },
})
