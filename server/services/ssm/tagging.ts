import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { resourceIdOf } from './model/name.ts'
import type { Parameter } from './model/parameter.ts'
import type { Env } from './operation.ts'
import { ownResources } from './recorded.ts'
import { parameterTarget, type Said } from './target.ts'

/** What a tag call names. */
interface Named {
  readonly ResourceType: string
  readonly ResourceId: string
}

/** The parameter that a tag call names by its name, in either spelling. Throws for what is no name, and for other resources. */
export async function taggingTarget(
  { ResourceType, ResourceId }: Named,
  { parameters }: Pick<Env, 'parameters'>,
  call: Call,
  said?: Said,
): Promise<Target> {
  // Nothing else that can have tags is here. Without text: parameterstore.md 1.1.
  if (ResourceType !== 'Parameter') throw new ApiError('InvalidResourceType')
  const { key } = resourceIdOf(ResourceId)
  return parameterTarget(key, await parameters.find(key), call, said)
}

/** The same, which must be there. Never ParameterNotFound, and no text: parameterstore.md 7.10, recorded (trap 34). */
export async function tagged({ ResourceId }: Named, { parameters }: Pick<Env, 'parameters'>): Promise<Parameter> {
  const found = await parameters.find(resourceIdOf(ResourceId).key)
  if (found === undefined) throw new ApiError('InvalidResourceId')
  return found.parameter
}

/** The parameter of a tag call, as its record names it. */
export function taggedResources(id: string, call: Call) {
  return ownResources([resourceIdOf(id).key], call)
}
