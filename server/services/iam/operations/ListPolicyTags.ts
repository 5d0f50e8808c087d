import type { ListPolicyTagsRequest, ListPolicyTagsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingPolicy } from '../existing-policy.ts'
import { Arn, Marker, MaxItems } from '../model/members.ts'
import { tagPage } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { policyTarget } from '../target.ts'

/** The tags of a managed policy, page by page; AWS's own have none. Source: API_ListPolicyTags. */
export const ListPolicyTags = operation<ListPolicyTagsRequest, ListPolicyTagsResponse>()({
  name: 'ListPolicyTags',
  effect: 'read',
  input: { PolicyArn: required(Arn), Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run(input, { policies }) {
    const policy = await existingPolicy(policies, input.PolicyArn)
    return tagPage(policy.tags, input)
  },
})
