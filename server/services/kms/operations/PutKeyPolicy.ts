import type { PutKeyPolicyRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { Bypass, KeyId, Policy, PolicyName } from '../model/members.ts'
import { requirePolicyName } from '../model/policies.ts'
import { kept, operation } from '../operation.ts'
import { checkedPrincipals } from '../policy.ts'

/**
 * Gives a key another policy, in every state. Unless the check is bypassed, the caller must be able to change it again under
 * the new one. Source: API_PutKeyPolicy, kms.md 8.
 */
export const PutKeyPolicy = operation<PutKeyPolicyRequest, undefined>()({
  name: 'PutKeyPolicy',
  effect: 'write',
  input: { KeyId: required(KeyId), PolicyName, Policy: required(Policy), BypassPolicyLockoutSafetyCheck: Bypass },
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId, BypassPolicyLockoutSafetyCheck: bypass }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, { more: bypassing(bypass) })
  },
  async run({ PolicyName, Policy, BypassPolicyLockoutSafetyCheck: bypass }, env, call) {
    const located = kept(env.found.located)
    const key = present(located)
    requirePolicyName(PolicyName)
    const under = (policy: typeof key.policy) =>
      keyTarget({ ...located, key: { ...key, policy } }, { more: bypassing(bypass) })
    const principals = await checkedPrincipals(Policy, under, bypass === true, env, call)
    await env.keys.change(key, { policy: Policy, principals })
    return undefined
  },
})

const bypassing = (bypass: boolean | undefined) => ({
  'kms:BypassPolicyLockoutSafetyCheck': bypass === undefined ? undefined : String(bypass),
})
