import { changed } from './model/change.ts'
import type { Found, Parameter, Sealed } from './model/parameter.ts'
import { oldestIsLabelled } from './model/refusals.ts'
import type { Env } from './operation.ts'

/** What a version is put in its place with. */
export type Placing = Pick<Env, 'parameters' | 'later' | 'events' | 'limits'>

/**
 * Puts a version in its place: the first of a new parameter, or the next one of `found`, `parameter` as it is from then on. The oldest
 * makes room when there are as many as are kept; policies count from now on; the change is announced.
 */
export async function place(
  parameter: Parameter,
  version: Sealed,
  found: Found | undefined,
  env: Placing,
  now: number,
): Promise<void> {
  const { parameters } = env
  if (found === undefined) {
    await expireFirst(parameter.key, env, now)
    await parameters.insert(parameter, version)
  } else {
    const surplus = await surplusOf(found.parameter, env)
    if (surplus !== undefined) await parameters.removeVersion(found.parameter, surplus)
    await parameters.addVersion(parameter, version)
  }
  await env.later.policies(parameter, version, found?.version.policies)
  await env.events(changed(found === undefined ? 'Create' : 'Update', parameter, version))
}

/** A parameter of this name that has expired, and that no job has deleted yet, is deleted now, with all that is told of it. */
export async function expireFirst(
  key: string,
  { parameters, later }: Pick<Placing, 'parameters' | 'later'>,
  now: number,
): Promise<void> {
  const parameter = parameters.expired(key)
  if (parameter === undefined) return
  const version = await parameters.version(parameter, parameter.latest)
  if (version !== undefined) await later.enforce({ parameter, version }, parameters, now)
}

/**
 * The oldest version, when there are as many as are kept; undefined: there is room for one more. Refuses when a label holds it.
 * Source: parameterstore.md 4.2, trap 33.
 */
export async function surplusOf(
  parameter: Parameter,
  { parameters, limits }: Pick<Env, 'parameters' | 'limits'>,
): Promise<number | undefined> {
  if (parameter.latest < limits.versions) return undefined
  const { count, oldest } = await parameters.history(parameter)
  if (count < limits.versions) return undefined
  const labels = await parameters.labels(parameter)
  for (const version of labels.values()) if (version === oldest) throw oldestIsLabelled(parameter.name, oldest)
  return oldest
}
