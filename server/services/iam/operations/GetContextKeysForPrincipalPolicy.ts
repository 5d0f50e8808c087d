import type { GetContextKeysForPolicyResponse, GetContextKeysForPrincipalPolicyRequest } from '@aws-sdk/client-iam'
import { contextKeysOf, unique } from '#kernel/authorization/keys'
import { required } from '#kernel/shape'
import { existingSource } from '../existing-source.ts'
import { Arn } from '../model/members.ts'
import { documentsOf } from '../model/simulation-input.ts'
import { SimulationPolicyList } from '../model/simulation-members.ts'
import { operation } from '../operation.ts'
import { sourceTarget } from '../target.ts'

/**
 * The condition keys that the policies of a user, group or role ask for, those of a user's groups and the boundary (assumed)
 * among them. Source: API_GetContextKeysForPrincipalPolicy.
 */
export const GetContextKeysForPrincipalPolicy = operation<
  GetContextKeysForPrincipalPolicyRequest,
  GetContextKeysForPolicyResponse
>()({
  name: 'GetContextKeysForPrincipalPolicy',
  effect: 'read',
  input: { PolicySourceArn: required(Arn), PolicyInputList: SimulationPolicyList },
  errors: ['NoSuchEntityException', 'InvalidInputException'],
  target: async ({ PolicySourceArn }, { sources }, call) =>
    sourceTarget(PolicySourceArn, call, await sources.find(PolicySourceArn)),
  async run({ PolicySourceArn, PolicyInputList }, { sources }) {
    const { policies, boundary } = await existingSource(sources, PolicySourceArn)
    const all = [...policies, ...(boundary === undefined ? [] : [boundary]), ...documentsOf(PolicyInputList)]
    return { ContextKeyNames: unique(all.flatMap(contextKeysOf)).sort() }
  },
})
