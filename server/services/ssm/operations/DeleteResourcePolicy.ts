import type { DeleteResourcePolicyRequest, DeleteResourcePolicyResponse } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { afterDelete } from '../model/sharing.ts'
import { operation } from '../operation.ts'
import { resourcesOf } from '../recorded.ts'
import { owned, ownedTarget } from '../sharing-target.ts'

/**
 * Takes a resource policy from a parameter, the one that has this id and this hash.
 * Source: API_DeleteResourcePolicy (Systems Manager); parameterstore.md 13.
 */
export const DeleteResourcePolicy = operation<DeleteResourcePolicyRequest, DeleteResourcePolicyResponse>()({
  name: 'DeleteResourcePolicy',
  effect: 'write',
  input: {
    ResourceArn: required(members.ResourceArnString),
    PolicyId: required(members.PolicyId),
    PolicyHash: required(members.PolicyHash),
    DeletionMode: members.ResourcePolicyDeletionMode,
  },
  errors: [
    'InternalServerError',
    'MalformedResourcePolicyDocumentException',
    'ResourceNotFoundException',
    'ResourcePolicyConflictException',
    'ResourcePolicyInvalidParameterException',
    'ResourcePolicyNotFoundException',
  ],
  audit: { resources: ({ ResourceArn }, _, call) => resourcesOf([ResourceArn], call) },
  target: async ({ ResourceArn }, _env, call) => ownedTarget(ResourceArn, call),
  async run({ ResourceArn, PolicyId: id, PolicyHash: hash }, env, call) {
    const { parameter } = await owned(ResourceArn, env, call)
    await env.shares.save(env.parameters, parameter, afterDelete(parameter.sharing?.policies ?? [], { id, hash }))
    return {}
  },
})
