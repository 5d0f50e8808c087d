import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { groupOfArn, type GroupId } from './model/names.ts'
import { invalidParameter } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { tagTarget } from './target.ts'

/** The group whose tags a call is about. Throws for what has none here. */
export function tagged(resourceArn: string, { region }: Call): GroupId {
  const id = groupOfArn(resourceArn)
  if (id === undefined || id.region !== region) throw invalidParameter('The specified resource ARN is invalid.')
  return id
}

export const taggedTarget = (
  resourceArn: string,
  env: Pick<Env, 'groups'>,
  call: Call,
  said?: Pick<Target, 'requestTags' | 'tagKeys'>,
): Promise<Target> => tagTarget(tagged(resourceArn, call), env, said)
