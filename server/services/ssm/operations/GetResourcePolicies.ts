import type {
  GetResourcePoliciesRequest,
  GetResourcePoliciesResponse,
  GetResourcePoliciesResponseEntry,
} from '@aws-sdk/client-ssm'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { invalidToken } from '../model/sharing.ts'
import { type Env, operation } from '../operation.ts'
import { resourcesOf } from '../recorded.ts'
import { owned, ownedTarget } from '../sharing-target.ts'

const MOST_RESULTS = 50

/**
 * The resource policies of a parameter; principals that are gone are shown by their unique ids. In the order of their ids, so that
 * a page goes on where it should whatever is deleted meanwhile. Source: API_GetResourcePolicies; parameterstore.md 13.
 */
export const GetResourcePolicies = operation<
  GetResourcePoliciesRequest,
  Answer<GetResourcePoliciesResponse, 'Policies'>
>()({
  name: 'GetResourcePolicies',
  effect: 'read',
  input: {
    ResourceArn: required(members.ResourceArnString),
    NextToken: members.NextToken,
    MaxResults: members.ResourcePolicyMaxResults,
  },
  errors: ['InternalServerError', 'ResourceNotFoundException', 'ResourcePolicyInvalidParameterException'],
  audit: { resources: ({ ResourceArn }, _, call) => resourcesOf([ResourceArn], call) },
  target: async ({ ResourceArn }, _env, call) => ownedTarget(ResourceArn, call),
  async run({ ResourceArn, NextToken, MaxResults = MOST_RESULTS }, env, call) {
    const { parameter } = await owned(ResourceArn, env, call)
    const bound = ['GetResourcePolicies', parameter.arn]
    const after = afterOf(NextToken, bound, env)
    const left = [...(parameter.sharing?.policies ?? [])]
      .sort((one, other) => (one.id < other.id ? -1 : 1))
      .filter(({ id }) => id > after)
    const shown = env.identities(env.parameters.unit).principals
    const page = left.slice(0, MaxResults)
    const Policies: GetResourcePoliciesResponseEntry[] = []
    for (const { id, hash, document, principals } of page) {
      const Policy = await shown.show(document, principals)
      Policies.push({ PolicyId: id, PolicyHash: hash, Policy })
    }
    const last = page.at(-1)
    return last === undefined || page.length === left.length
      ? { Policies }
      : { Policies, NextToken: env.paging.seal([0, last.id], bound) }
  },
})

/** The id after which the page begins. */
function afterOf(token: string | undefined, bound: readonly unknown[], { paging }: Pick<Env, 'paging'>): string {
  if (token === undefined) return ''
  try {
    return String(paging.open(token, bound)[1])
  } catch (error) {
    throw error instanceof ApiError ? invalidToken() : error
  }
}
