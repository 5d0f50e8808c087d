import type { RemoveTagsFromResourceRequest, RemoveTagsFromResourceResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import { withoutTags } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { checkTagKey } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedResources, taggingTarget } from '../tagging.ts'

/**
 * Takes tags from a parameter; keys that it does not have are ignored. Source: API_RemoveTagsFromResource; parameterstore.md 7.10.
 */
export const RemoveTagsFromResource = operation<RemoveTagsFromResourceRequest, RemoveTagsFromResourceResult>()({
  name: 'RemoveTagsFromResource',
  effect: 'write',
  input: {
    ResourceType: required(members.ResourceTypeForTagging),
    ResourceId: required(members.ResourceId),
    TagKeys: required(members.KeyList),
  },
  errors: ['InternalServerError', 'InvalidResourceId', 'InvalidResourceType', 'TooManyUpdates'],
  audit: { resources: ({ ResourceId }, _, call) => taggedResources(ResourceId, call) },
  target: (input, env, call) => taggingTarget(input, env, call, { tagKeys: input.TagKeys }),
  async run(input, env) {
    for (const key of input.TagKeys) checkTagKey(key)
    const parameter = await tagged(input, env)
    await env.parameters.saveTags(parameter, withoutTags(parameter.tags, input.TagKeys))
    return {}
  },
})
