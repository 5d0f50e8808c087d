import type { Call } from '#kernel/call'
import { type LambdaFunction, sameContent, type Version } from './model/function.ts'
import { LATEST } from './model/names.ts'
import { revisionDiffers } from './model/refusals.ts'
import type { Env } from './operation.ts'

/** $LATEST of a function; that there is none is our bug. */
export async function latestOf({ functions }: Pick<Env, 'functions'>, found: LambdaFunction): Promise<Version> {
  const latest = await functions.version(found, LATEST)
  if (latest === undefined) throw new Error(`${found.name} has no ${LATEST}`)
  return latest
}

/** Refuses a change that was meant for another revision. */
export function checkRevision(given: string | undefined, is: string): void {
  if (given !== undefined && given !== is) throw revisionDiffers('GetFunction/GetAlias')
}

/** Publishes $LATEST; nothing new is made when nothing has changed since the last time. Source: API_PublishVersion. */
export async function publish(
  { functions, random }: Pick<Env, 'functions' | 'random'>,
  found: LambdaFunction,
  latest: Version,
  description: string | undefined,
  call: Call,
): Promise<Version> {
  const last = found.lastVersion === 0 ? undefined : await functions.version(found, String(found.lastVersion))
  if (last !== undefined && sameContent(last, latest)) return last
  const number = found.lastVersion + 1
  const version: Version = {
    ...latest,
    version: String(number),
    settings: { ...latest.settings, description: description ?? latest.settings.description },
    revision: random.uuid(),
    modifiedAt: call.now,
  }
  await functions.save({ ...found, lastVersion: number })
  await functions.insertVersion(found, version)
  return version
}
