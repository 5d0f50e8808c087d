import type { TagResourceInput, TagResourceOutput } from '@aws-sdk/client-cloudwatch'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../target.ts'

/** Sets tags of an alarm by key; the others stay. Source: API_TagResource of CloudWatch. */
export const TagResource = operation<TagResourceInput, TagResourceOutput>()({
  name: 'TagResource',
  effect: 'write',
  input: { ResourceARN: required(members.AmazonResourceName), Tags: required(members.Tags) },
  errors: ['InvalidParameterValueException', 'ResourceNotFoundException'],
  target: ({ ResourceARN, Tags }, env, call) => taggedTarget(ResourceARN, env, call, { requestTags: tagsIn(Tags) }),
  async run({ ResourceARN, Tags }, env, call) {
    const found = await tagged(ResourceARN, env, call)
    const alarm = (await env.alarms.locked(call, found.name)) ?? found
    await env.alarms.save({ ...alarm, tags: withTags(alarm.tags, tagsIn(Tags)) })
    return {}
  },
})
