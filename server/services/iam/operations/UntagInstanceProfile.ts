import type { UntagInstanceProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile } from '../answers.ts'
import { InstanceProfileName, TagKeys } from '../model/members.ts'
import { remainingTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** Takes tags off an instance profile. Source: API_UntagInstanceProfile. */
export const UntagInstanceProfile = operation<UntagInstanceProfileRequest, undefined>()({
  name: 'UntagInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName), TagKeys: required(TagKeys) },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ConcurrentModificationException'],
  target: async ({ InstanceProfileName: name, TagKeys }, { profiles }, call) => ({
    ...profileTarget(call, name, await profiles.find(name)),
    tagKeys: TagKeys,
  }),
  async run({ InstanceProfileName, TagKeys }, { profiles }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    await profiles.save({ ...profile, tags: remainingTags(profile.tags, TagKeys) })
    return undefined
  },
})
