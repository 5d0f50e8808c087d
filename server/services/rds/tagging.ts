import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Database } from './model/database.ts'
import { keyOfArn } from './model/identity.ts'
import { foreignResource } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { existing, targetOf } from './target.ts'

/** The database whose tags are meant: by its ARN. */
export async function taggedTarget(
  name: string,
  env: Env,
  call: Call,
  said: Pick<Target, 'requestTags' | 'tagKeys'> = {},
): Promise<Target> {
  const kind = kindIn(name)
  return kind === undefined ? { resource: name, shown: name, ...said } : targetOf(name, kind, env, call, said)
}

/** Throws InvalidParameterValue for what is no ARN of a database, DB…NotFound for one that is not there. */
export async function tagged(name: string, { databases }: Env, call: Call): Promise<Database> {
  const kind = kindIn(name)
  if (kind === undefined) throw foreignResource(name.slice(0, 200))
  return existing(name, kind, databases, call)
}

function kindIn(name: string): 'instance' | 'cluster' | undefined {
  const kind = keyOfArn(name)?.kind
  return kind === 'instance' || kind === 'cluster' ? kind : undefined
}
