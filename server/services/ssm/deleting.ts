import { endOfParameter } from './metered.ts'
import { changed } from './model/change.ts'
import type { Found } from './model/parameter.ts'
import type { Env } from './operation.ts'

/** Takes a parameter away with all that belongs to it. */
export async function deletion(found: Found, { parameters, later, events }: Env, now: number): Promise<void> {
  const { parameter, version } = found
  await parameters.remove(parameter)
  await endOfParameter(parameters.unit, found, now)
  await later.forget(parameter)
  await events(changed('Delete', parameter, version))
}
