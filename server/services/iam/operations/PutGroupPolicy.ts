import type { PutGroupPolicyRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingGroup } from '../answers.ts'
import { checkInline } from '../model/document.ts'
import { nameKey } from '../model/identity.ts'
import { GroupName, PolicyDocument, PolicyName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { groupTarget } from '../target.ts'

/** More inline policies than fit into their common size: one takes at least 40 characters. */
const ALL = { after: '', limit: 1000 }

/** Adds or replaces an inline policy of a group. Source: API_PutGroupPolicy, access.md 3.2, 3.6. */
export const PutGroupPolicy = operation<PutGroupPolicyRequest, undefined>()({
  name: 'PutGroupPolicy',
  effect: 'write',
  input: {
    GroupName: required(GroupName),
    PolicyName: required(PolicyName),
    PolicyDocument: required(PolicyDocument),
  },
  errors: ['NoSuchEntityException', 'MalformedPolicyDocumentException', 'LimitExceededException'],
  target: async ({ GroupName }, { groups }, call) => groupTarget(call, GroupName, await groups.find(GroupName)),
  async run({ GroupName, PolicyName, PolicyDocument }, { groups, inline }) {
    const { id } = await existingGroup(groups, GroupName)
    const others = (await inline.page(id, ALL)).filter(({ name }) => nameKey(name) !== nameKey(PolicyName))
    checkInline(
      PolicyDocument,
      others.map(({ document }) => document),
      'group',
      GroupName,
    )
    await inline.put(id, PolicyName, PolicyDocument)
    return undefined
  },
})
