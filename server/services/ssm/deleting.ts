import { changed } from './model/change.ts'
import type { Found } from './model/parameter.ts'
import type { Env } from './operation.ts'

/** Takes a parameter away with all that belongs to it. */
export async function deletion({ parameter, version }: Found, { parameters, later, events }: Env): Promise<void> {
  await parameters.remove(parameter)
  await later.forget(parameter)
  await events(changed('Delete', parameter, version))
}
