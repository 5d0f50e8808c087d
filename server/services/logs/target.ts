import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { groupArn, type GroupId, groupNamed, type Named, streamArn } from './model/names.ts'
import type { Env } from './operation.ts'

/** Where groups are found, and who may do something with them. */

type Found = Pick<Env, 'groups'>

/** What a call acts on: a stream, or a group (see `streamArn`), there or not, with the group's tags. */
export async function targetOf(
  named: Named,
  { groups }: Found,
  call: Call,
  stream?: string,
  said?: Pick<Target, 'requestTags' | 'tagKeys'>,
): Promise<Target> {
  return targetAt(groupNamed(named, call), { groups }, streamArn(groupNamed(named, call), stream), said)
}

/** The same for calls that name the group by its ARN without `:*`: those on tags. */
export const tagTarget = (
  id: GroupId,
  { groups }: Found,
  said?: Pick<Target, 'requestTags' | 'tagKeys'>,
): Promise<Target> => targetAt(id, { groups }, groupArn(id), said)

async function targetAt(
  id: GroupId,
  { groups }: Found,
  resource: string,
  said: Pick<Target, 'requestTags' | 'tagKeys'> | undefined,
): Promise<Target> {
  const tags = (await groups.find(id))?.tags
  return { resource, shown: resource, owner: id.account, ...(tags === undefined ? {} : { tags }), ...said }
}

/** What an operation on all groups of an account acts on. As refusals of the service show it. */
export const allGroups = (call: Call): Target => {
  const resource = streamArn({ account: call.account, region: call.region, name: '' })
  return { resource, shown: resource }
}
