import type { TagInstanceProfileRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile } from '../answers.ts'
import { InstanceProfileName, Tags } from '../model/members.ts'
import { mergedTags, sentTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** Adds tags to those of an instance profile. Source: API_TagInstanceProfile, access.md 3.4. */
export const TagInstanceProfile = operation<TagInstanceProfileRequest, undefined>()({
  name: 'TagInstanceProfile',
  effect: 'write',
  input: { InstanceProfileName: required(InstanceProfileName), Tags: required(Tags) },
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
  ],
  target: async ({ InstanceProfileName: name, Tags }, { profiles }, call) => ({
    ...profileTarget(call, name, await profiles.find(name)),
    requestTags: sentTags(Tags),
  }),
  async run({ InstanceProfileName, Tags }, { profiles }) {
    const profile = await existingProfile(profiles, InstanceProfileName)
    await profiles.save({ ...profile, tags: mergedTags(profile.tags, Tags, 'InstanceProfile') })
    return undefined
  },
})
