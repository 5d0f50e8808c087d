import type { PutResourcePolicyRequest, PutResourcePolicyResponse } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { afterPut, checkDocument, checkSharable } from '../model/sharing.ts'
import { operation } from '../operation.ts'
import { resourcesOf } from '../recorded.ts'
import { boundPolicy } from '../sharing.ts'
import { owned, ownedTarget } from '../sharing-target.ts'

type Put = Answer<PutResourcePolicyResponse, 'PolicyId' | 'PolicyHash'>

/**
 * Shares an advanced parameter with other accounts: a new policy, or another one in the place of that which has this id and this
 * hash. Its principals are those who have these names now: who gets such a name later is not meant.
 * Source: API_PutResourcePolicy (Systems Manager); parameterstore.md 13.
 */
export const PutResourcePolicy = operation<PutResourcePolicyRequest, Put>()({
  name: 'PutResourcePolicy',
  effect: 'write',
  input: {
    ResourceArn: required(members.ResourceArnString),
    Policy: required(members.ResourcePolicyDocument),
    PolicyId: members.PolicyId,
    PolicyHash: members.PolicyHash,
  },
  errors: [
    'InternalServerError',
    'MalformedResourcePolicyDocumentException',
    'ResourceNotFoundException',
    'ResourcePolicyConflictException',
    'ResourcePolicyInvalidParameterException',
    'ResourcePolicyLimitExceededException',
    'ResourcePolicyNotFoundException',
  ],
  audit: {
    response: ({ PolicyId, PolicyHash }) => ({ policyId: PolicyId, policyHash: PolicyHash }),
    resources: ({ ResourceArn }, _, call) => resourcesOf([ResourceArn], call),
  },
  target: async ({ ResourceArn }, _env, call) => ownedTarget(ResourceArn, call),
  async run({ ResourceArn, Policy, PolicyId: id, PolicyHash: hash }, env, call) {
    const { parameter, version } = await owned(ResourceArn, env, call)
    checkDocument(Policy)
    await checkSharable(version, (id) => env.keys.resolve(id))
    const { principals } = env.identities(env.parameters.unit)
    const put = await boundPolicy(id ?? env.random.uuid(), Policy, principals)
    await env.shares.save(env.parameters, parameter, afterPut(parameter.sharing?.policies ?? [], { id, hash }, put))
    return { PolicyId: put.id, PolicyHash: put.hash }
  },
})
