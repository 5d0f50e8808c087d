import type {
  InstanceProfile,
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse,
} from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingRole, listedProfile } from '../answers.ts'
import { nameKey } from '../model/identity.ts'
import { Marker, MaxItems, RoleName } from '../model/members.ts'
import { paged, pageOf } from '../model/page.ts'
import { operation } from '../operation.ts'
import { roleTarget } from '../target.ts'

/** The instance profiles that a role is in, page by page. Source: API_ListInstanceProfilesForRole. */
export const ListInstanceProfilesForRole = operation<
  ListInstanceProfilesForRoleRequest,
  ListInstanceProfilesForRoleResponse
>()({
  name: 'ListInstanceProfilesForRole',
  effect: 'read',
  input: { RoleName: required(RoleName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ RoleName }, { roles }, call) => roleTarget(call, RoleName, await roles.find(RoleName)),
  async run(input, { profiles, roles, principals }) {
    const { id } = await existingRole(roles, input.RoleName)
    const page = pageOf(input)
    const { entries, tail } = paged(await profiles.pageOfRole(id, page), page, ({ name }) => nameKey(name))
    const InstanceProfiles: InstanceProfile[] = []
    for (const profile of entries) InstanceProfiles.push(await listedProfile(profile, roles, principals))
    return { InstanceProfiles, ...tail }
  },
})
