import type { ListMFADevicesRequest, ListMFADevicesResponse } from '@aws-sdk/client-iam'
import { ownerOf } from '../answers.ts'
import { Marker, MaxItems, UserName } from '../model/members.ts'
import { pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { meantTarget } from '../target.ts'

/** The MFA devices of a user, which nobody has here; tools ask before they delete a user. Source: API_ListMFADevices. */
export const ListMFADevices = operation<ListMFADevicesRequest, ListMFADevicesResponse>()({
  name: 'ListMFADevices',
  effect: 'read',
  input: { UserName, Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: ({ UserName }, { users }, call) => meantTarget(UserName, call, users),
  async run(input, { users }, call) {
    await ownerOf(input.UserName, call, users)
    pageOf(input)
    return { MFADevices: [], IsTruncated: false }
  },
})
