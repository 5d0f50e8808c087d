import { isReservedTagKey } from '#kernel/values/tags'
import { type State, stagesIn } from './as-of.ts'
import { CURRENT, PENDING, PREVIOUS, sameStages, type Stages } from './stages.ts'

const DAY_MS = 86_400_000
const SHORTEST_WINDOW_MS = 7 * DAY_MS
const LONGEST_WINDOW_MS = 30 * DAY_MS

/** A member that gets another text, or none. */
export interface Put<T> {
  readonly to: T | undefined
}

/** A label that can't go back to the version that carried it, since nobody has kept its value. */
export interface Lost {
  readonly stage: string
  readonly version: string
}

/** What is to be done to a secret so that it is as it was; a member that is not there stays as it is. */
export interface RestorePlan {
  /** A planned deletion is taken back. */
  readonly undelete?: true
  readonly description?: Put<string>
  readonly kmsKeyId?: Put<string>
  readonly type?: Put<string>
  /** All tags, in order. */
  readonly tags?: Put<ReadonlyMap<string, string>>
  readonly policy?: Put<{ readonly document: string; readonly principals: string }>
  /** All labels. */
  readonly stages?: Stages
  /** Deletion is planned again: when the secret will be gone, in milliseconds. */
  readonly purgeAt?: number
  readonly lost: readonly Lost[]
}

/** Nothing is to be done, and nothing is lost. */
export const isDone = (plan: RestorePlan): boolean => plan.lost.length === 0 && !changesAnything(plan)

/** Something is to be done. */
export const changesAnything = ({ lost: _, ...changes }: RestorePlan): boolean => Object.keys(changes).length > 0

/**
 * How a secret in state `now` becomes as it was in state `then`, at `asOf`; `at`: the time of the change. `kept`: whether a version has
 * its value still, where it can be read or in the history.
 *
 * AWSPENDING belongs to rotations, which know nothing of the past: it stays where it is, but for one that has done its work on the
 * version that is no more the current one. A deletion that is planned again leaves as much time as was left then, and seven days at
 * the least: nothing is taken away by looking back.
 */
export function planOf(
  now: State,
  then: State,
  kept: (version: string) => boolean,
  { asOf, at }: { readonly asOf: number; readonly at: number },
): RestorePlan {
  const text = <K extends string>(member: string, key: K) =>
    now.get(member) === then.get(member) ? {} : { [key]: { to: then.get(member) } }
  return {
    ...(now.has('DeletedAt') && !then.has('DeletedAt') && { undelete: true }),
    ...text('Description', 'description'),
    ...text('KmsKeyId', 'kmsKeyId'),
    ...text('Type', 'type'),
    ...tagsOf(now, then),
    ...policyOf(now, then),
    ...stagesOf(stagesIn(now), stagesIn(then), kept),
    ...(!now.has('DeletedAt') && then.has('DeletedAt') && { purgeAt: at + windowOf(then, asOf) }),
  }
}

/**
 * A plan that also says which labels stay on a version that has only the id of the one that carried them; not AWSPENDING, which nobody
 * would bring back.
 */
export function withLost(plan: RestorePlan, now: State, then: State, others: ReadonlySet<string>): RestorePlan {
  const here = stagesIn(now)
  const stay = [...stagesIn(then)].filter(
    ([stage, version]) => stage !== PENDING && others.has(version) && here.get(stage) === version,
  )
  return { ...plan, lost: [...plan.lost, ...stay.map(([stage, version]) => ({ stage, version }))] }
}

function windowOf(then: State, asOf: number): number {
  const left = Number(then.get('PurgeAt') ?? 0) - asOf
  return Math.min(LONGEST_WINDOW_MS, Math.max(SHORTEST_WINDOW_MS, left))
}

/** Tags of AWS's own services are theirs to set: they stay as they are. */
function tagsOf(now: State, then: State): Pick<RestorePlan, 'tags'> {
  const [here, there] = [readTags(now), readTags(then)]
  const own = [...(here ?? [])].filter(([key]) => isReservedTagKey(key))
  const to = new Map([...[...(there ?? [])].filter(([key]) => !isReservedTagKey(key)), ...own])
  const same = to.size === (here?.size ?? 0) && [...to].every(([key, value]) => here?.get(key) === value)
  return same ? {} : { tags: { to: to.size === 0 && there === undefined ? undefined : to } }
}

/** The tags of a state. */
export function readTags(state: State): ReadonlyMap<string, string> | undefined {
  const text = state.get('Tags')
  return text === undefined ? undefined : new Map(JSON.parse(text) as [string, string][])
}

function policyOf(now: State, then: State): Pick<RestorePlan, 'policy'> {
  const [document, principals] = [then.get('ResourcePolicy'), then.get('PolicyPrincipals')]
  if (document === now.get('ResourcePolicy') && principals === now.get('PolicyPrincipals')) return {}
  return { policy: { to: document === undefined ? undefined : { document, principals: principals ?? '' } } }
}

function stagesOf(now: Stages, then: Stages, kept: (version: string) => boolean): Pick<RestorePlan, 'stages' | 'lost'> {
  const lost: Lost[] = []
  const [current, pending] = [now.get(CURRENT), now.get(PENDING)]
  const target = new Map<string, string>()
  for (const [stage, version] of then) {
    if (stage === PENDING) continue
    if (now.get(stage) === version || kept(version)) target.set(stage, version)
    else lost.push({ stage, version })
  }
  // Without its value the rest would be of two times.
  if (lost.some(({ stage }) => stage === CURRENT)) return { lost }
  const moves = target.get(CURRENT) !== current
  for (const { stage } of lost) {
    const holder = stage === PREVIOUS && moves ? current : now.get(stage)
    if (holder !== undefined) target.set(stage, holder)
  }
  const done = moves && pending === current
  if (pending !== undefined && !done) target.set(PENDING, pending)
  return sameStages(target, now) ? { lost } : { stages: target, lost }
}
