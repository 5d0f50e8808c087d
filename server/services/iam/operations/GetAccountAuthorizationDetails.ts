import type {
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse,
  GroupDetail,
  ManagedPolicyDetail,
  RoleDetail,
  UserDetail,
} from '@aws-sdk/client-iam'
import { detailKey, detailPage, groupDetail, policyDetail, roleDetail, userDetail } from '../authorization-details.ts'
import { EntityTypes, Marker, MaxItems } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { accountTarget } from '../target.ts'

/**
 * Users, groups, roles and policies of the account with all that decides for them; one marker leads through all four lists.
 * Source: API_GetAccountAuthorizationDetails, access.md 3.4.
 */
export const GetAccountAuthorizationDetails = operation<
  GetAccountAuthorizationDetailsRequest,
  GetAccountAuthorizationDetailsResponse
>()({
  name: 'GetAccountAuthorizationDetails',
  effect: 'read',
  input: { Filter: EntityTypes, MaxItems, Marker },
  errors: [],
  target: async () => accountTarget(),
  async run(input, env) {
    const page = pageOf(input)
    const { entries, tail } = paged(await detailPage(env, input.Filter ?? [], page), page, detailKey)
    const UserDetailList: UserDetail[] = []
    const GroupDetailList: GroupDetail[] = []
    const RoleDetailList: RoleDetail[] = []
    const Policies: ManagedPolicyDetail[] = []
    for (const { kind, entity } of entries) {
      if (kind === 'User') UserDetailList.push(await userDetail(env, entity))
      else if (kind === 'Group') GroupDetailList.push(await groupDetail(env, entity))
      else if (kind === 'Role') RoleDetailList.push(await roleDetail(env, entity))
      else Policies.push(await policyDetail(env, entity))
    }
    return { UserDetailList, GroupDetailList, RoleDetailList, Policies, ...tail }
  },
})
