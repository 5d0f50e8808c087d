import type { UntagOpenIDConnectProviderRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, TagKeys } from '../model/members.ts'
import { remainingTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Takes tags off an OIDC provider; keys that it does not have are passed over. Source: API_UntagOpenIDConnectProvider. */
export const UntagOpenIDConnectProvider = operation<UntagOpenIDConnectProviderRequest, undefined>()({
  name: 'UntagOpenIDConnectProvider',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn), TagKeys: required(TagKeys) },
  errors: ['NoSuchEntityException', 'InvalidInputException', 'ConcurrentModificationException'],
  target: async ({ OpenIDConnectProviderArn: arn, TagKeys }, { providers }, call) => ({
    ...providerTarget(arn, await providerAt(arn, call, providers)),
    tagKeys: TagKeys,
  }),
  async run({ OpenIDConnectProviderArn, TagKeys }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    await providers.save({ ...found, tags: remainingTags(found.tags, TagKeys) })
    return undefined
  },
})
