import type { GetInstanceProfileRequest, GetInstanceProfileResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { existingProfile, shownProfile } from '../answers.ts'
import { InstanceProfileName } from '../model/members.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** An instance profile with its role and tags. Source: API_GetInstanceProfile. */
export const GetInstanceProfile = operation<
  GetInstanceProfileRequest,
  Answer<GetInstanceProfileResponse, 'InstanceProfile'>
>()({
  name: 'GetInstanceProfile',
  effect: 'read',
  input: { InstanceProfileName: required(InstanceProfileName) },
  errors: ['NoSuchEntityException'],
  target: async ({ InstanceProfileName: name }, { profiles }, call) =>
    profileTarget(call, name, await profiles.find(name)),
  async run({ InstanceProfileName }, { profiles, roles, principals }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    return { InstanceProfile: await shownProfile(profile, roles, principals) }
  },
})
