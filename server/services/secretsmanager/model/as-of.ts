import type { ResourcePolicy } from './policy.ts'
import type { Secret } from './secret.ts'
import type { Stages } from './stages.ts'

/**
 * What can be brought back of a secret, by member: the text as it is stored; a member that is not there has no value. A label's
 * member is `Stage:AWSCURRENT`, and its text the version that carries it. Tags are JSON, `[["key","value"],…]`.
 */
export type State = ReadonlyMap<string, string>

/** One member that a change took from one text to another; undefined: it was, or is, not there. */
export interface Change {
  readonly member: string
  readonly from: string | undefined
  readonly to: string | undefined
}

const STAGE = 'Stage:'
const MEMBERS: ReadonlySet<string> = new Set([
  'Description',
  'KmsKeyId',
  'Type',
  'Tags',
  'ResourcePolicy',
  'PolicyPrincipals',
  'DeletedAt',
  'PurgeAt',
])

/** Whether a state holds this member; of the others (versions that were made, rotation) the history tells only. */
export const isHeld = (member: string): boolean => member.startsWith(STAGE) || MEMBERS.has(member)

export const stageMember = (stage: string): string => `${STAGE}${stage}`

/** The labels of a state. */
export function stagesIn(state: State): Stages {
  const stages = new Map<string, string>()
  for (const [member, version] of state) if (member.startsWith(STAGE)) stages.set(member.slice(STAGE.length), version)
  return stages
}

/** The state of a secret as it stands in its rows. */
export function stateOf(
  secret: Pick<Secret, 'description' | 'kmsKeyId' | 'type' | 'tags' | 'deletedAt' | 'purgeAt'>,
  policy: Pick<ResourcePolicy, 'document' | 'principals'> | undefined,
  stages: Stages,
): State {
  const { description, kmsKeyId, type, tags, deletedAt, purgeAt } = secret
  const state = new Map<string, string>()
  const put = (member: string, text: string | undefined) => text !== undefined && state.set(member, text)
  put('Description', description)
  put('KmsKeyId', kmsKeyId)
  put('Type', type)
  put('Tags', tags && JSON.stringify([...tags]))
  put('ResourcePolicy', policy?.document)
  put('PolicyPrincipals', policy?.principals)
  put('DeletedAt', deletedAt?.toString())
  put('PurgeAt', purgeAt?.toString())
  for (const [stage, version] of stages) put(stageMember(stage), version)
  return state
}

/**
 * The state before one change of several members, from the one after it. Undefined: the change does not lead to that state, so that
 * something in between is not known, and nothing before it can be told.
 */
export function before(state: State, changes: readonly Change[]): State | undefined {
  const earlier = new Map(state)
  for (const { member, from, to } of changes.toReversed()) {
    if (!isHeld(member)) continue
    if (earlier.get(member) !== to) return undefined
    if (from === undefined) earlier.delete(member)
    else earlier.set(member, from)
  }
  return earlier
}

/** Both states say the same. The order of tags counts, as DescribeSecret shows it. */
export function sameState(a: State, b: State): boolean {
  return a.size === b.size && [...a].every(([member, text]) => b.get(member) === text)
}
