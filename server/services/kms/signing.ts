import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Soon } from '#kernel/values/soon'
import { checkMessage, type MessageType } from './asymmetric/signatures.ts'
import { requireAlgorithm, requireUsage } from './model/specs.ts'
import type { Env } from './operation.ts'
import type { StoredKey } from './store.ts'
import { usable, usedKey } from './using.ts'

/** What Sign and Verify both do. Source: kms.md 16.1. */

interface Wanted {
  readonly KeyId: string
  readonly Message: Uint8Array
  readonly MessageType?: MessageType | undefined
  readonly SigningAlgorithm: string
}

/** What is signed, and how. */
export const signable = ({ Message, MessageType: type = 'RAW', SigningAlgorithm }: Omit<Wanted, 'KeyId'>) => ({
  algorithm: SigningAlgorithm,
  type,
  message: Message,
})

/** The key that signs or verifies. */
export function signingTarget(
  { KeyId, MessageType = 'RAW', SigningAlgorithm }: Omit<Wanted, 'Message'>,
  env: Env,
  call: Call,
): Soon<Target> {
  const more = { 'kms:SigningAlgorithm': SigningAlgorithm, 'kms:MessageType': MessageType }
  return usedKey(KeyId, { more }, env, call)
}

/** That key, if it can and may now do this to the message. */
export function signingKey(input: Wanted, env: Env, call: Call, operation: string): StoredKey {
  const key = usable(env, call)
  requireUsage(key, 'SIGN_VERIFY', operation)
  requireAlgorithm(key, input.SigningAlgorithm)
  checkMessage(signable(input))
  return key
}
