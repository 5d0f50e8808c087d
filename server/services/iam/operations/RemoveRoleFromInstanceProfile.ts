import type { RemoveRoleFromInstanceProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile, modifiableRole } from '../answers.ts'
import { InstanceProfileName, RoleName } from '../model/members.ts'
import { noSuchRole } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** Takes the role out of an instance profile. Source: API_RemoveRoleFromInstanceProfile. */
export const RemoveRoleFromInstanceProfile = operation<RemoveRoleFromInstanceProfileRequest, undefined>()({
  name: 'RemoveRoleFromInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName), RoleName: required(RoleName) },
  errors: ['NoSuchEntityException', 'LimitExceededException', 'UnmodifiableEntityException'],
  target: async ({ InstanceProfileName: name }, { profiles }, call) =>
    profileTarget(call, name, await profiles.find(name)),
  async run({ InstanceProfileName, RoleName }, { profiles, roles }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    const { id } = await modifiableRole(roles, RoleName)
    // Assumed: a role that is not in it is as one that is not there.
    if (profile.role !== id) throw noSuchRole(RoleName)
    await profiles.save({ ...profile, role: undefined })
    return undefined
  },
})
