import type { GetPolicyRequest, GetPolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { listedPolicy } from '../answers.ts'
import { existingPolicy } from '../existing-policy.ts'
import { Arn } from '../model/members.ts'
import { tagList } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { policyTarget } from '../target.ts'

/** A managed policy: its description if it has one, its tags always. Source: API_GetPolicy, access.md 3.4. */
export const GetPolicy = operation<GetPolicyRequest, Answer<GetPolicyResponse, 'Policy'>>()({
  name: 'GetPolicy',
  effect: 'read',
  input: { PolicyArn: required(Arn) },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicyArn }, { policies }) => policyTarget(PolicyArn, await policies.find(PolicyArn)),
  async run({ PolicyArn }, { policies }) {
    const policy = await existingPolicy(policies, PolicyArn)
    const { description, tags } = policy
    return {
      Policy: {
        ...listedPolicy(policy),
        ...(description !== undefined && { Description: description }),
        Tags: tagList(tags),
      },
    }
  },
})
