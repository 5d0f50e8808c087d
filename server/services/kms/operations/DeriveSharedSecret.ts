import type { DeriveSharedSecretRequest, DeriveSharedSecretResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { peerOf, sharedSecret } from '../asymmetric/agreement.ts'
import { privately } from '../asymmetric/turns.ts'
import { checkTokens } from '../grant-tokens.ts'
import { dryRun, keyResource, refuseRecipient } from '../model/cryptography.ts'
import { DryRun, GrantTokens, KeyAgreementAlgorithm, KeyId, PublicKey, Recipient } from '../model/members.ts'
import { requireAlgorithm, requireUsage } from '../model/specs.ts'
import { kept, operation } from '../operation.ts'
import { usable, usedKey } from '../using.ts'

type Derived = Answer<DeriveSharedSecretResponse, 'KeyId' | 'SharedSecret' | 'KeyAgreementAlgorithm' | 'KeyOrigin'>

/**
 * The secret that the key and somebody else's public key have in common, as it comes out of ECDH: its owner derives keys
 * from it. Worked out when the unit of work is closed. Source: API_DeriveSharedSecret, kms.md 16.1.
 */
export const DeriveSharedSecret = operation<DeriveSharedSecretRequest, Derived>()({
  name: 'DeriveSharedSecret',
  effect: 'read',
  input: {
    KeyId: required(KeyId),
    KeyAgreementAlgorithm: required(KeyAgreementAlgorithm),
    PublicKey: required(PublicKey),
    GrantTokens,
    DryRun,
    Recipient,
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
    request: ({ KeyId, KeyAgreementAlgorithm, DryRun }) => ({
      keyId: KeyId,
      keyAgreementAlgorithm: KeyAgreementAlgorithm,
      dryRun: DryRun,
    }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  target({ KeyId, KeyAgreementAlgorithm, Recipient }, env, call) {
    refuseRecipient(Recipient)
    return usedKey(KeyId, { more: { 'kms:KeyAgreementAlgorithm': KeyAgreementAlgorithm } }, env, call)
  },
  async run({ KeyAgreementAlgorithm, PublicKey, GrantTokens, DryRun }, env, call) {
    const { keys, found } = env
    const key = usable(env, call)
    requireUsage(key, 'KEY_AGREEMENT', 'DeriveSharedSecret')
    requireAlgorithm(key, KeyAgreementAlgorithm)
    found.peer = peerOf(key.spec, PublicKey)
    if (GrantTokens !== undefined) await checkTokens(GrantTokens, env)
    dryRun(DryRun)
    found.pair = await keys.pair(key)
    return { KeyId: key.arn, SharedSecret: Buffer.alloc(0), KeyAgreementAlgorithm, KeyOrigin: key.origin }
  },
  async after(out, _, { found }, { caller }) {
    const derive = () => sharedSecret(kept(found.pair), kept(found.peer))
    return { ...out, SharedSecret: await privately.take(caller.principalArn, derive) }
  },
})
