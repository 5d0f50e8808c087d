import type { GetKeyPolicyRequest, GetKeyPolicyResponse } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { KeyId, PolicyName } from '../model/members.ts'
import { requirePolicyName, shownPolicy } from '../model/policies.ts'
import { kept, operation } from '../operation.ts'

type Policy = Answer<GetKeyPolicyResponse, 'Policy' | 'PolicyName'>

/**
 * The one policy of a key, `default`, as text with indentation like AWS's; principals that are gone are shown by their
 * unique ids. Source: API_GetKeyPolicy, kms.md 8.
 */
export const GetKeyPolicy = operation<GetKeyPolicyRequest, Policy>()({
  name: 'GetKeyPolicy',
  effect: 'read',
  input: { KeyId: required(KeyId), PolicyName },
  errors: ['InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ PolicyName = 'default' }, { found, principals }) {
    const { policy, principals: bound } = present(kept(found.located))
    requirePolicyName(PolicyName)
    const shown = await principals().show(policy.source, bound)
    return { Policy: shownPolicy(shown), PolicyName }
  },
})
