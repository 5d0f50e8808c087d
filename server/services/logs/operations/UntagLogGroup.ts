import type { UntagLogGroupRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { groupNamed } from '../model/names.ts'
import { operation } from '../operation.ts'
import { targetOf } from '../target.ts'

/** The older form of UntagResource. Source: API_UntagLogGroup. */
export const UntagLogGroup = operation<UntagLogGroupRequest, undefined>()({
  name: 'UntagLogGroup',
  effect: 'write',
  input: { logGroupName: required(members.LogGroupName), tags: required(members.TagList) },
  errors: ['InvalidParameterException', 'ResourceNotFoundException'],
  target: ({ logGroupName, tags }, env, call) => targetOf({ logGroupName }, env, call, undefined, { tagKeys: tags }),
  async run({ logGroupName, tags }, { groups }, call) {
    const group = await groups.lock(groupNamed({ logGroupName }, call))
    await groups.save({ ...group, tags: withoutTags(group.tags, tags) })
    return undefined
  },
})
