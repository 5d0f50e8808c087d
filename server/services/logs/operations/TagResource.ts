import type { TagResourceRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { tagsIn, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Adds tags to a group, or replaces them by their keys. Source: API_TagResource. */
export const TagResource = operation<TagResourceRequest, undefined>()({
  name: 'TagResource',
  effect: 'write',
  input: { resourceArn: required(members.AmazonResourceName), tags: required(members.Tags) },
  errors: [
    'InvalidParameterException',
    'ResourceNotFoundException',
    'ServiceUnavailableException',
    'TooManyTagsException',
  ],
  target: ({ resourceArn, tags }, env, call) => taggedTarget(resourceArn, env, call, { requestTags: tagsIn(tags) }),
  async run({ resourceArn, tags }, { groups }, call) {
    const group = await groups.lock(tagged(resourceArn, call))
    await groups.save({ ...group, tags: withTags(group.tags, tagsIn(tags), resourceArn) })
    return undefined
  },
})
