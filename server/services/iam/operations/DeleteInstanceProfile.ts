import type { DeleteInstanceProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile } from '../answers.ts'
import { InstanceProfileName } from '../model/members.ts'
import { deleteConflict } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** Deletes an instance profile that has no role. Source: API_DeleteInstanceProfile, access.md 3.5. */
export const DeleteInstanceProfile = operation<DeleteInstanceProfileRequest, undefined>()({
  name: 'DeleteInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName) },
  errors: ['NoSuchEntityException', 'DeleteConflictException', 'LimitExceededException'],
  target: async ({ InstanceProfileName: name }, { profiles }, call) =>
    profileTarget(call, name, await profiles.find(name)),
  async run({ InstanceProfileName }, { profiles }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    if (profile.role !== undefined) {
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    }
    await profiles.remove(profile)
    return undefined
  },
})
