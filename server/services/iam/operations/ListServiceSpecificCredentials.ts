import type { ListServiceSpecificCredentialsRequest, ListServiceSpecificCredentialsResponse } from '@aws-sdk/client-iam'
import { ownerOf } from '../answers.ts'
import { AllUsers, Marker, MaxItems, ServiceName, UserName } from '../model/members.ts'
import { pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything, meantTarget } from '../target.ts'

/**
 * The credentials of a user for single services, which nobody has here; tools ask before they delete a user.
 * Source: API_ListServiceSpecificCredentials.
 */
export const ListServiceSpecificCredentials = operation<
  ListServiceSpecificCredentialsRequest,
  ListServiceSpecificCredentialsResponse
>()({
  name: 'ListServiceSpecificCredentials',
  effect: 'read',
  input: { UserName, ServiceName, AllUsers, Marker, MaxItems },
  errors: ['NoSuchEntityException', 'ServiceNotSupportedException'],
  target: async ({ UserName, AllUsers }, { users }, call) =>
    AllUsers === true ? everything(call, 'user') : meantTarget(UserName, call, users),
  async run(input, { users }, call) {
    if (input.AllUsers !== true) await ownerOf(input.UserName, call, users)
    pageOf(input)
    return { ServiceSpecificCredentials: [], IsTruncated: false }
  },
})
