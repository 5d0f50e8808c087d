import type { AddClientIDToOpenIDConnectProviderRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, ClientID } from '../model/members.ts'
import { clientIds } from '../model/provider.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Adds a client id (audience); one that is there already is no error. Source: API_AddClientIDToOpenIDConnectProvider. */
export const AddClientIDToOpenIDConnectProvider = operation<AddClientIDToOpenIDConnectProviderRequest, undefined>()({
  name: 'AddClientIDToOpenIDConnectProvider',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn), ClientID: required(ClientID) },
  errors: ['InvalidInputException', 'NoSuchEntityException', 'LimitExceededException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run({ OpenIDConnectProviderArn, ClientID }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    await providers.save({ ...found, clientIds: clientIds([...found.clientIds, ClientID]) })
    return undefined
  },
})
