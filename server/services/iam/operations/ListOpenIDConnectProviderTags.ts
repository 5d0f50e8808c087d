import type { ListOpenIDConnectProviderTagsRequest, ListOpenIDConnectProviderTagsResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, Marker, MaxItems } from '../model/members.ts'
import { tagPage } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** The tags of an OIDC provider, page by page, in the order of their keys. Source: API_ListOpenIDConnectProviderTags. */
export const ListOpenIDConnectProviderTags = operation<
  ListOpenIDConnectProviderTagsRequest,
  ListOpenIDConnectProviderTagsResponse
>()({
  name: 'ListOpenIDConnectProviderTags',
  effect: 'read',
  input: { OpenIDConnectProviderArn: required(Arn), Marker, MaxItems },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run(input, { providers }, call) {
    const { tags } = await existingProvider(input.OpenIDConnectProviderArn, call, providers)
    return tagPage(tags, input)
  },
})
