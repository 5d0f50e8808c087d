import { type Compiled, parsePolicy } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import type { Decide } from './on-behalf.ts'

/** Size of a key policy at the most, bytes. Source: kms.md 3.1, 15. */
const MOST_POLICY_BYTES = 32_768

/**
 * Checks a key policy that somebody wants to write, and compiles it. Unless `bypass`, the caller must still be allowed to
 * change the policy under it: a key that nobody can manage would be lost. Source: kms.md 8.2.
 */
export function checkPolicy(text: string, target: Target, bypass: boolean, decide: Decide, call: Call): Compiled {
  if (Buffer.byteLength(text) > MOST_POLICY_BYTES)
    throw new ApiError('LimitExceededException', `The policy is larger than ${MOST_POLICY_BYTES} bytes.`)
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) throw new ApiError('MalformedPolicyDocumentException', parsed.message)
  const { policy } = parsed
  if (!bypass && !decide(call, 'kms', 'kms:PutKeyPolicy', { ...target, policy }, 'kms').allowed)
    throw new ApiError(
      'MalformedPolicyDocumentException',
      'The new key policy will not allow you to update the key policy in the future.',
    )
  return policy
}
