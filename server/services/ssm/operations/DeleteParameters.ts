import type { DeleteParametersRequest, DeleteParametersResult } from '@aws-sdk/client-ssm'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { deletion } from '../deleting.ts'
import * as members from '../model/members.ts'
import { nameToFind } from '../model/name.ts'
import type { Found } from '../model/parameter.ts'
import { type Env, operation } from '../operation.ts'
import { ownResources } from '../recorded.ts'
import { parameterTarget } from '../target.ts'

type Deleted = Answer<DeleteParametersResult, 'DeletedParameters' | 'InvalidParameters'>

/**
 * Takes up to ten parameters away for good; what is not there is listed beside them. Each asks for its own permission, and one that
 * is refused or malformed fails the call. Source: API_DeleteParameters; parameterstore.md 7.7, 6. Assumed: names are sorted and listed
 * once, as GetParameters does it, and two spellings of one parameter are both listed as deleted.
 */
export const DeleteParameters = operation<DeleteParametersRequest, Deleted>()({
  name: 'DeleteParameters',
  effect: 'write',
  input: { Names: required(members.ParameterNameList) },
  errors: ['InternalServerError', 'TooManyUpdates'],
  // The trail tells what went from what was not there.
  audit: {
    resources: (_, out, call) => ownResources([...keysOf(out?.DeletedParameters ?? [])], call),
    response: ({ DeletedParameters, InvalidParameters }) => ({
      deletedParameters: DeletedParameters,
      invalidParameters: InvalidParameters,
    }),
  },
  async target({ Names }, env, call) {
    const found = await findAll(Names, env)
    return [...keysOf(Names)].map((key) => parameterTarget(key, found.get(key), call))
  },
  async run({ Names }, env, { now }) {
    const found = await findAll(Names, env)
    for (const one of found.values()) if (one !== undefined) await deletion(one, env, now)
    const names = [...new Set(Names)].sort()
    const isThere = (name: string) => found.get(nameToFind(name).key) !== undefined
    return {
      DeletedParameters: names.filter(isThere),
      InvalidParameters: names.filter((name) => !isThere(name)),
    }
  },
})

function keysOf(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => nameToFind(name).key))
}

/** By key; locked in the order of the keys, so that two calls never wait for each other. */
async function findAll(names: readonly string[], { parameters }: Env): Promise<ReadonlyMap<string, Found | undefined>> {
  const found = new Map<string, Found | undefined>()
  for (const key of [...keysOf(names)].sort()) found.set(key, await parameters.find(key))
  return found
}
