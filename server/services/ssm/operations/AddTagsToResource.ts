import type { AddTagsToResourceRequest, AddTagsToResourceResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import { tagsIn } from '#kernel/values/tags'
import * as members from '../model/members.ts'
import { checkedTags, withTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { tagged, taggedResources, taggingTarget } from '../tagging.ts'

/**
 * Adds tags to a parameter, or replaces them by their keys; the others stay. Makes no version and moves no date.
 * Source: API_AddTagsToResource; parameterstore.md 7.10.
 */
export const AddTagsToResource = operation<AddTagsToResourceRequest, AddTagsToResourceResult>()({
  name: 'AddTagsToResource',
  effect: 'write',
  input: {
    ResourceType: required(members.ResourceTypeForTagging),
    ResourceId: required(members.ResourceId),
    Tags: required(members.TagList),
  },
  errors: ['InternalServerError', 'InvalidResourceId', 'InvalidResourceType', 'TooManyTagsError', 'TooManyUpdates'],
  audit: { resources: ({ ResourceId }, _, call) => taggedResources(ResourceId, call) },
  target: (input, env, call) => taggingTarget(input, env, call, { requestTags: tagsIn(input.Tags) }),
  async run(input, env) {
    const more = checkedTags(input.Tags)
    const parameter = await tagged(input, env)
    await env.parameters.saveTags(parameter, withTags(parameter.tags, more))
    return {}
  },
})
