import type { UntagResourceRequest } from '@aws-sdk/client-cloudwatch-logs'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { tagged, taggedTarget } from '../tagging.ts'

/** Takes tags off a group; those that it does not have don't matter. Source: API_UntagResource. */
export const UntagResource = operation<UntagResourceRequest, undefined>()({
  name: 'UntagResource',
  effect: 'write',
  input: { resourceArn: required(members.AmazonResourceName), tagKeys: required(members.TagKeyList) },
  errors: ['InvalidParameterException', 'ResourceNotFoundException', 'ServiceUnavailableException'],
  target: ({ resourceArn, tagKeys }, env, call) => taggedTarget(resourceArn, env, call, { tagKeys }),
  async run({ resourceArn, tagKeys }, { groups }, call) {
    const group = await groups.lock(tagged(resourceArn, call))
    await groups.save({ ...group, tags: withoutTags(group.tags, tagKeys) })
    return undefined
  },
})
