import type { DeleteParameterRequest, DeleteParameterResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import { deletion } from '../deleting.ts'
import * as members from '../model/members.ts'
import { nameToFind } from '../model/name.ts'
import { parameterNotFound } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { ownResources } from '../recorded.ts'
import { parameterTarget } from '../target.ts'

/** Takes a parameter away for good, with every version, label and tag. Source: API_DeleteParameter; parameterstore.md 7.7. */
export const DeleteParameter = operation<DeleteParameterRequest, DeleteParameterResult>()({
  name: 'DeleteParameter',
  effect: 'write',
  input: { Name: required(members.PSParameterName) },
  errors: ['InternalServerError', 'ParameterNotFound', 'TooManyUpdates'],
  audit: { resources: ({ Name }, _, call) => ownResources([nameToFind(Name).key], call) },
  async target({ Name }, { parameters }, call) {
    const { key } = nameToFind(Name)
    return parameterTarget(key, await parameters.find(key), call)
  },
  async run({ Name }, env, { now }) {
    const found = await env.parameters.find(nameToFind(Name).key)
    if (found === undefined) throw parameterNotFound()
    await deletion(found, env, now)
    return {}
  },
})
