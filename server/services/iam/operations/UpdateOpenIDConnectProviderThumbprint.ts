import type { UpdateOpenIDConnectProviderThumbprintRequest } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { Arn, ThumbprintList } from '../model/members.ts'
import { thumbprintsOf } from '../model/provider.ts'
import { operation } from '../operation.ts'
import { existingProvider, providerAt } from '../provider-at.ts'
import { providerTarget } from '../target.ts'

/** Replaces the list of thumbprints; an empty one pins nothing. Source: API_UpdateOpenIDConnectProviderThumbprint. */
export const UpdateOpenIDConnectProviderThumbprint = operation<
  UpdateOpenIDConnectProviderThumbprintRequest,
  undefined
>()({
  name: 'UpdateOpenIDConnectProviderThumbprint',
  effect: 'write',
  input: { OpenIDConnectProviderArn: required(Arn), ThumbprintList: required(ThumbprintList) },
  errors: ['InvalidInputException', 'NoSuchEntityException'],
  target: async ({ OpenIDConnectProviderArn: arn }, { providers }, call) =>
    providerTarget(arn, await providerAt(arn, call, providers)),
  async run({ OpenIDConnectProviderArn, ThumbprintList }, { providers }, call) {
    const found = await existingProvider(OpenIDConnectProviderArn, call, providers)
    await providers.save({ ...found, thumbprints: thumbprintsOf(ThumbprintList) })
    return undefined
  },
})
