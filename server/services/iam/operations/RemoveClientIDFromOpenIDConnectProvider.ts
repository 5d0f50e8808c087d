import type { RemoveClientIDFromOpenIDConnectProviderRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, ClientID } from '../model/members.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Takes a client id away; one that is not there is no error. Source: API_RemoveClientIDFromOpenIDConnectProvider. */
export const RemoveClientIDFromOpenIDConnectProvider = operation<
  RemoveClientIDFromOpenIDConnectProviderRequest,
  undefined
>()({
  name: 'RemoveClientIDFromOpenIDConnectProvider',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn), ClientID: required(ClientID) },
  errors: ['InvalidInputException', 'NoSuchEntityException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run({ OpenIDConnectProviderArn, ClientID }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    await providers.save({ ...found, clientIds: found.clientIds.filter((id) => id !== ClientID) })
    return undefined
  },
})
