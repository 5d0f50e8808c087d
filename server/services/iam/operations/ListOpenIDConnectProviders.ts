import type { ListOpenIDConnectProvidersResponse } from '@aws-sdk/client-iam'
import { operation } from '../operation.ts'
import { everyProvider } from '../target.ts'

/** The ARNs of all OIDC providers of the account, in the order of their URLs. Source: API_ListOpenIDConnectProviders. */
export const ListOpenIDConnectProviders = operation<object, ListOpenIDConnectProvidersResponse>()({
  name: 'ListOpenIDConnectProviders',
  effect: 'read',
  input: {},
  errors: [],
  target: async (_input, _env, call) => everyProvider(call),
  async run(_input, { providers }) {
    return { OpenIDConnectProviderList: (await providers.list()).map(({ arn }) => ({ Arn: arn })) }
  },
})
