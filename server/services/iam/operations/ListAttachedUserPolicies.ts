import type { ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existing } from '../answers.ts'
import { Marker, MaxItems, PathPrefix, UserName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { pageKey } from '../policies.ts'
import { userTarget } from '../target.ts'

/** The managed policies that are attached to a user, page by page. Source: API_ListAttachedUserPolicies. */
export const ListAttachedUserPolicies = operation<ListAttachedUserPoliciesRequest, ListAttachedUserPoliciesResponse>()({
  name: 'ListAttachedUserPolicies',
  effect: 'read',
  input: { UserName: required(UserName), PathPrefix, Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ UserName }, { users }, call) => userTarget(call, UserName, await users.find(UserName)),
  async run(input, { users, policies }) {
    const { id } = await existing(users, input.UserName)
    const page = pageOf(input)
    const found = await policies.attachedPage(id, page, input.PathPrefix ?? '/')
    const { entries, tail } = paged(found, page, pageKey)
    const AttachedPolicies = entries.map(({ name, arn }) => ({ PolicyName: name, PolicyArn: arn }))
    return { AttachedPolicies, ...tail }
  },
})
