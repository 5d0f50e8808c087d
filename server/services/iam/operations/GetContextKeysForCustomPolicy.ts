import type { GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse } from '@aws-sdk/client-iam'
import { contextKeysOf, unique } from '#kernel/authorization/keys'
import { required } from '#kernel/shape'
import { documentsOf } from '../model/simulation-input.ts'
import { SimulationPolicyList } from '../model/simulation-members.ts'
import { operation } from '../operation.ts'
import { nothing } from '../target.ts'

/** The condition keys that policies ask for, as they are written. Source: API_GetContextKeysForCustomPolicy. */
export const GetContextKeysForCustomPolicy = operation<
  GetContextKeysForCustomPolicyRequest,
  GetContextKeysForPolicyResponse
>()({
  name: 'GetContextKeysForCustomPolicy',
  effect: 'read',
  input: { PolicyInputList: required(SimulationPolicyList) },
  errors: ['InvalidInputException'],
  target: async () => nothing(),
  async run({ PolicyInputList }) {
    const keys = documentsOf(PolicyInputList).flatMap(contextKeysOf)
    return { ContextKeyNames: unique(keys).sort() }
  },
})
