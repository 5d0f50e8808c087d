import type { AddRoleToInstanceProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile, modifiableRole } from '../answers.ts'
import { InstanceProfileName, RoleName } from '../model/members.ts'
import { quotaExceeded } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { profileTarget, roleTarget } from '../target.ts'

/**
 * Puts a role into an instance profile, which holds one. Who does so passes the role to EC2, and must be allowed to.
 * Source: API_AddRoleToInstanceProfile.
 */
export const AddRoleToInstanceProfile = operation<AddRoleToInstanceProfileRequest, undefined>()({
  name: 'AddRoleToInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName), RoleName: required(RoleName) },
  errors: [
    'NoSuchEntityException',
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'UnmodifiableEntityException',
  ],
  target: async ({ InstanceProfileName: name, RoleName }, { profiles, roles }, call) => {
    const passed = roleTarget(call, RoleName, await roles.find(RoleName), {
      'iam:PassedToService': 'ec2.amazonaws.com',
    })
    return [
      profileTarget(call, name, await profiles.find(name)),
      // Refusals of iam:PassRole show the ARN, as clients report them.
      { ...passed, shown: passed.resource, action: 'iam:PassRole' },
    ]
  },
  async run({ InstanceProfileName, RoleName }, { profiles, roles }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    const { id } = await modifiableRole(roles, RoleName)
    // Also for the role that is in it. Observed 2023-06, as the maintainers of a test double report.
    if (profile.role !== undefined) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1)
    await profiles.save({ ...profile, role: id })
    return undefined
  },
})
