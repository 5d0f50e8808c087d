import type { GetOpenIDConnectProviderRequest, GetOpenIDConnectProviderResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn } from '../model/members.ts'
import { tagList } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** An OIDC provider; its URL is shown without the scheme. Source: API_GetOpenIDConnectProvider, access.md 3.4. */
export const GetOpenIDConnectProvider = operation<GetOpenIDConnectProviderRequest, GetOpenIDConnectProviderResponse>()({
  name: 'GetOpenIDConnectProvider',
  effect: 'read',
  input: { OpenIDConnectProviderArn: required(Arn) },
  errors: ['InvalidInputException', 'NoSuchEntityException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run({ OpenIDConnectProviderArn }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    return {
      Url: found.url,
      ClientIDList: [...found.clientIds],
      ThumbprintList: [...found.thumbprints],
      CreateDate: new Date(found.createdAt),
      ...(found.tags.size > 0 && { Tags: tagList(found.tags) }),
    }
  },
})
