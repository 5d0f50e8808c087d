import type { UntagResourceInput, UntagResourceOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../target.ts'

/** Takes tags off an alarm; keys that it does not have are passed over. Source: API_UntagResource of CloudWatch. */
export const UntagResource = operation<UntagResourceInput, UntagResourceOutput>()({
  name: 'UntagResource',
  effect: 'write',
  input: { ResourceARN: required(members.AmazonResourceName), TagKeys: required(members.TagKeys) },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  target: ({ ResourceARN, TagKeys }, env, call) => taggedTarget(ResourceARN, env, call, { tagKeys: TagKeys }),
  async run({ ResourceARN, TagKeys }, env, call) {
    const found = await tagged(ResourceARN, env, call)
    const alarm = (await env.alarms.locked(call, found.name)) ?? found
    await env.alarms.save({ ...alarm, tags: withoutTags(alarm.tags, TagKeys) })
    return {}
  },
})
