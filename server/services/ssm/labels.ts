import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Labels } from './model/labels.ts'
import { type Named, nameToFind } from './model/name.ts'
import type { Parameter, Version } from './model/parameter.ts'
import { parameterNotFound, versionNotFound } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { parameterTarget } from './target.ts'

/** What calls about labels act on: the parameter, whatever version of it. */
export async function labelTarget(
  { Name }: { readonly Name: string },
  { parameters }: Env,
  call: Call,
): Promise<Target> {
  const { key } = nameToFind(Name)
  return parameterTarget(key, await parameters.find(key), call)
}

/**
 * The version whose labels change, the newest unless another is named, with all labels of its parameter.
 *
 * @throws ApiError ParameterNotFound, ParameterVersionNotFound.
 */
export async function versionToLabel(
  { key, name }: Named,
  asked: number | undefined,
  { parameters }: Pick<Env, 'parameters'>,
): Promise<{ parameter: Parameter; newest: Version; version: number; labels: Labels }> {
  const found = await parameters.find(key)
  if (found === undefined) throw parameterNotFound()
  const { parameter, version: newest } = found
  const version = asked ?? parameter.latest
  if (version !== parameter.latest && !(await parameters.hasVersion(parameter, version))) {
    throw versionNotFound(version, name)
  }
  return { parameter, newest, version, labels: await parameters.labels(parameter) }
}
