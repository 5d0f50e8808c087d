import type { ListVirtualMFADevicesRequest, ListVirtualMFADevicesResponse } from '@aws-sdk/client-iam'
import { AssignmentStatus, Marker, MaxItems } from '../model/members.ts'
import { pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { everything } from '../target.ts'

/** The virtual MFA devices of the account, of which there are none here. Source: API_ListVirtualMFADevices. */
export const ListVirtualMFADevices = operation<ListVirtualMFADevicesRequest, ListVirtualMFADevicesResponse>()({
  name: 'ListVirtualMFADevices',
  effect: 'read',
  input: { AssignmentStatus, Marker, MaxItems },
  errors: [],
  target: async (_input, _env, call) => everything(call, 'mfa'),
  async run(input) {
    pageOf(input)
    return { VirtualMFADevices: [], IsTruncated: false }
  },
})
