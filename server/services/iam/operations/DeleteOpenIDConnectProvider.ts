import type { DeleteOpenIDConnectProviderRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn } from '../model/members.ts'
import { operation } from '../operation.ts'
import { providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Deletes an OIDC provider. One that is not there is no error. Source: API_DeleteOpenIDConnectProvider. */
export const DeleteOpenIDConnectProvider = operation<DeleteOpenIDConnectProviderRequest, undefined>()({
  name: 'DeleteOpenIDConnectProvider',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn) },
  errors: ['InvalidInputException', 'NoSuchEntityException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run({ OpenIDConnectProviderArn }, { providers }, call) {
    const found = await providerAt(OpenIDConnectProviderArn, call, providers)
    if (found !== undefined) await providers.remove(found.url)
    return undefined
  },
})
