import { type Compiled, compile, parsePolicy } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { boundPrincipals, type PolicyPrincipals, UnknownPrincipal } from '../iam/port.ts'
import { usesAllValues } from './model/policies.ts'
import type { Env } from './operation.ts'

/** Size of a key policy at the most, bytes. Source: kms.md 3.1, 15. */
const MOST_POLICY_BYTES = 32_768

const malformed = (text: string) => new ApiError('MalformedPolicyDocumentException', text)

/** Source: kms.md 8.2; clients retry on this very text, since IAM is eventually consistent elsewhere. */
const invalidPrincipals = () => malformed('Policy contains a statement with one or more invalid principals.')

/**
 * Checks a key policy that somebody wants to write, and answers whom it names: to be stored with it. Unless `bypass`, the
 * caller must still be allowed to change the policy under it: a key that nobody can manage would be lost. `under`: the key as
 * it is with the new policy. Source: kms.md 8.2.
 */
export async function checkedPrincipals(
  text: string,
  under: (policy: Compiled) => Target,
  bypass: boolean,
  { decide, principals }: Pick<Env, 'decide' | 'principals'>,
  call: Call,
): Promise<string> {
  if (Buffer.byteLength(text) > MOST_POLICY_BYTES)
    throw new ApiError('LimitExceededException', `The policy is larger than ${MOST_POLICY_BYTES} bytes.`)
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) throw parsed.fault === 'principal' ? invalidPrincipals() : malformed(parsed.message)
  // Assumed: the text.
  if (usesAllValues(text)) throw malformed('ForAllValues must not be used with the encryption context.')
  const bound = await bind(text, principals())
  const policy = compile(text, boundPrincipals(bound))
  if (!bypass && !decide(call, 'kms', 'kms:PutKeyPolicy', under(policy), 'kms').allowed)
    throw malformed('The new key policy will not allow you to update the key policy in the future.')
  return bound
}

async function bind(text: string, principals: PolicyPrincipals): Promise<string> {
  try {
    return await principals.bind(text)
  } catch (error) {
    throw error instanceof UnknownPrincipal ? invalidPrincipals() : error
  }
}
