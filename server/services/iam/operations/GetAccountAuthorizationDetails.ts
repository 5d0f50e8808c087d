import type { GetAccountAuthorizationDetailsRequest, GetAccountAuthorizationDetailsResponse } from '@aws-sdk/client-iam'
import {
  detailKey,
  detailPage,
  groupDetails,
  policyDetails,
  roleDetails,
  userDetails,
} from '../authorization-details.ts'
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
    const { after } = page
    const { entries, tail } = paged(await detailPage(env, input.Filter ?? [], page), page, detailKey)
    return {
      UserDetailList: await userDetails(env, entries, after),
      GroupDetailList: await groupDetails(env, entries, after),
      RoleDetailList: await roleDetails(env, entries, after),
      Policies: await policyDetails(env, entries, after),
      ...tail,
    }
  },
})
