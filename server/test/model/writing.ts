import type { Answer, Item } from './call.ts'
import * as refusals from './refusals.ts'
import {
  ANY,
  CURRENT,
  ended,
  isTooMany,
  keyOf,
  labelled,
  type Moment,
  NOTHING,
  PENDING,
  promoted,
  type Secret,
  type State,
  withRoom,
} from './secret.ts'

/**
 * What a call makes of a state and what it is answered: a refusal changes nothing. `unsure`: nothing changes, and nobody has said what is
 * answered.
 */
export type Result =
  | { readonly next: State; readonly answer: Expected }
  | { readonly refusal: refusals.Refusal }
  | { readonly unsure: true }

/** The same members, with moments in the place of times and ANY for what only the server knows. */
export type ExpectedItem = Omit<Item, 'GoneDate' | 'Changes'> & {
  readonly GoneDate?: Moment
  readonly Changes: readonly { readonly Member: string; readonly From?: string; readonly To?: string | Moment }[]
}

/** Members that the answer must have; moments may be any in their range. */
export interface Expected {
  readonly ARN?: string | undefined
  readonly Name?: string
  readonly VersionId?: string | undefined
  readonly VersionStages?: readonly string[]
  readonly content?: string
  readonly CreatedDate?: Moment
  readonly DeletionDate?: Moment
  readonly DeletedDate?: Moment | undefined
  readonly FromVersionId?: string
  readonly Outcome?: string
  readonly Changes?: readonly string[] | undefined
  readonly Secrets?: readonly ExpectedItem[]
  readonly Unchanged?: number
  readonly NotPermitted?: number
  readonly NextToken?: undefined
}

/** What a call is judged with: the time, the most versions of a secret, and the answer that it got, for what only that tells. */
export interface Setting {
  readonly now: Moment
  readonly most: number
  readonly answer?: Answer | undefined
}

export const refused = (refusal: refusals.Refusal) => ({ refusal })
export const head = ({ arn, name }: Secret) => ({ ...(arn !== '' && { ARN: arn }), Name: name })

export const labelsOf = ({ stages }: Secret, version: string): string[] =>
  Object.keys(stages)
    .filter((label) => stages[label] === version)
    .sort()

/** A value put under a token. Source: 1.8, 4.3. */
export function write(
  secret: Secret,
  { token, content }: { readonly token: string; readonly content: string },
  fills: boolean,
  wanted: readonly string[] | undefined,
  { most, now }: Setting,
): { readonly next: Secret; readonly repeated: boolean } | { readonly refusal: refusals.Refusal } {
  const known = secret.versions[token]
  const repeated = known !== undefined && !(known.content === NOTHING && fills)
  if (repeated && known.content !== content && known.content !== ANY)
    return refused(refusals.tokenInUse(token, secret.arn))
  if (repeated && wanted === undefined) return { next: secret, repeated }
  const roomy = known === undefined ? withRoom(secret, most, now) : secret
  if (roomy === undefined) return refused(refusals.tooManyVersions)
  const version = known ?? { createdAt: now, born: now, content, key: '' }
  const versions = repeated
    ? secret.versions
    : { ...secret.versions, [token]: { ...version, content, key: keyOf(secret) } }
  const labels = new Set(wanted ?? [CURRENT])
  if (Object.keys(secret.versions).length === 0) labels.add(CURRENT)
  let { stages } = secret
  for (const label of labels) if (label !== CURRENT) stages = labelled(stages, label, token)
  if (labels.has(CURRENT)) stages = promoted(stages, token)
  const isPending = labels.has(PENDING) || (repeated && secret.stages[PENDING] === token)
  if (labels.has(CURRENT) && !isPending) stages = labelled(stages, PENDING, undefined)
  if (isTooMany(secret.stages, stages)) return refused(refusals.tooManyLabels)
  const next = { ...roomy, versions, stages }
  return { next: repeated || stages[CURRENT] !== token ? next : overtaken(next), repeated }
}

/** There is a new current value: a rotation under way that did not make it ends. Source: 4.3 step 3, rotation.md 3.2. */
export function overtaken(secret: Secret): Secret {
  const { run, stages } = secret
  if (run === undefined || stages[CURRENT] === run.token) return secret
  const next = ended(secret, true)
  const isIts = next.stages[PENDING] === run.token
  return isIts ? { ...next, stages: labelled(next.stages, PENDING, undefined) } : next
}
