import type { ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { existingProfile } from '../answers.ts'
import { InstanceProfileName, Marker, MaxItems } from '../model/members.ts'
import { tagPage } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { profileTarget } from '../target.ts'

/** The tags of an instance profile, page by page, in the order of their keys. Source: API_ListInstanceProfileTags. */
export const ListInstanceProfileTags = operation<ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse>()({
  name: 'ListInstanceProfileTags',
  effect: 'read',
  input: { InstanceProfileName: required(InstanceProfileName), Marker, MaxItems },
  errors: ['NoSuchEntityException'],
  target: async ({ InstanceProfileName: name }, { profiles }, call) =>
    profileTarget(call, name, await profiles.find(name)),
  async run(input, { profiles }) {
    const { tags } = await existingProfile(profiles, input.InstanceProfileName)
    return tagPage(tags, input)
  },
})
