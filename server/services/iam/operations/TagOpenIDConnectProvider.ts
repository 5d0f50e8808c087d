import type { TagOpenIDConnectProviderRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, Tags } from '../model/members.ts'
import { mergedTags, sentTags } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Adds tags to those of an OIDC provider, or gives them other values. Source: API_TagOpenIDConnectProvider. */
export const TagOpenIDConnectProvider = operation<TagOpenIDConnectProviderRequest, undefined>()({
  name: 'TagOpenIDConnectProvider',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn), Tags: required(Tags) },
  errors: [
    'NoSuchEntityException',
    'LimitExceededException',
    'InvalidInputException',
    'ConcurrentModificationException',
  ],
  target: async ({ OpenIDConnectProviderArn: arn, Tags }, { providers }, call) => ({
    ...providerTarget(arn, await providerAt(arn, call, providers)),
    requestTags: sentTags(Tags),
  }),
  async run({ OpenIDConnectProviderArn, Tags }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    await providers.save({ ...found, tags: mergedTags(found.tags, Tags, 'OpenIDConnectProvider') })
    return undefined
  },
})
