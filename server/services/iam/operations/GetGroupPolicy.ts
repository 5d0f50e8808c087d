import type { GetGroupPolicyRequest, GetGroupPolicyResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { encodeDocument } from '../model/document.ts'
import { GroupName, PolicyName } from '../model/members.ts'
import { noSuchInlinePolicy } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** An inline policy of a group; the name comes back as it was asked for. Source: API_GetGroupPolicy, access.md 7, 21. */
export const GetGroupPolicy = operation<GetGroupPolicyRequest, GetGroupPolicyResponse>()({
  name: 'GetGroupPolicy',
  effect: 'read',
  input: { GroupName: required(GroupName), PolicyName: required(PolicyName) },
  errors: ['NoSuchEntityException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName, PolicyName }, { groups, inline }) {
    const { id } = await existingGroup(groups, GroupName)
    const policy = await inline.find(id, PolicyName)
    if (policy === undefined) throw noSuchInlinePolicy(PolicyName, 'group')
    return { GroupName, PolicyName, PolicyDocument: encodeDocument(policy.document) }
  },
})
