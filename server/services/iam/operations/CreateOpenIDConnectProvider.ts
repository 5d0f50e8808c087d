import type { CreateOpenIDConnectProviderRequest, CreateOpenIDConnectProviderResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { providerArn } from '../model/identity.ts'
import { ClientIDList, ProviderUrl, Tags, ThumbprintList } from '../model/members.ts'
import { clientIds, providerUrl, thumbprintsOf } from '../model/provider.ts'
import { alreadyExists, quotaExceeded } from '../model/refusals.ts'
import { sentTags, tagList, tagsOf } from '../model/tags.ts'
import { operation } from '../operation.ts'
import { newcomer, tagged } from '../target.ts'

type Made = Answer<CreateOpenIDConnectProviderResponse, 'OpenIDConnectProviderArn'>

/**
 * Makes an identity provider whose tokens roles may trust. Nobody is asked for it now: its keys are fetched when a token comes.
 * Source: API_CreateOpenIDConnectProvider, access.md 3.2, 3.4.
 */
export const CreateOpenIDConnectProvider = operation<CreateOpenIDConnectProviderRequest, Made>()({
  name: 'CreateOpenIDConnectProvider',
  effect: 'write',
  input: { Url: required(ProviderUrl), ClientIDList, ThumbprintList, Tags },
  errors: [
    'InvalidInputException',
    'EntityAlreadyExistsException',
    'LimitExceededException',
    'ConcurrentModificationException',
    'OpenIdIdpCommunicationErrorException',
  ],
  audit: { response: ({ OpenIDConnectProviderArn }) => ({ openIDConnectProviderArn: OpenIDConnectProviderArn }) },
  target: async ({ Url, Tags }, _env, { account }) =>
    tagged(newcomer(providerArn(account, providerUrl(Url)), sentTags(Tags)), 'iam:TagOpenIDConnectProvider'),
  async run({ Url, ClientIDList, ThumbprintList, Tags }, { providers, limits }, { account, now }) {
    const url = providerUrl(Url)
    const provider = {
      url,
      thumbprints: thumbprintsOf(ThumbprintList),
      clientIds: clientIds(ClientIDList),
      tags: tagsOf(Tags),
      createdAt: now,
    }
    if ((await providers.find(url)) !== undefined) throw alreadyExists(`Provider with url ${Url} already exists.`)
    if ((await providers.count()) >= limits.providers) {
      throw quotaExceeded('OpenIdConnectProvidersPerAccount', limits.providers)
    }
    await providers.add(provider)
    return {
      OpenIDConnectProviderArn: providerArn(account, url),
      ...(provider.tags.size > 0 && { Tags: tagList(provider.tags) }),
    }
  },
})
