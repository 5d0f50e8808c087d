import type { TagLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { groupArn, groupNamed } from '../model/names.ts'
import { tagsIn, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** The older form of TagResource. Source: API_TagLogGroup. */
export const TagLogGroup = operation<TagLogGroupRequest, undefined>()({
  name: 'TagLogGroup',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), tags: required(members.Tags) },
  // The model leaves TooManyTagsException to the newer form.
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'TooManyTagsException'],
  target: ({ logGroupName, tags }, env, call) =>
    targetOf({ logGroupName }, env, call, undefined, { requestTags: tagsIn(tags) }),
  async run({ logGroupName, tags }, { groups }, call) {
    const group = await groups.lock(groupNamed({ logGroupName }, call))
    await groups.save({ ...group, tags: withTags(group.tags, tagsIn(tags), groupArn(group)) })
    return undefined
  },
})
