import { before, type State, stagesIn, stateOf } from '../model/as-of.ts'
import { stageNotFound, versionNotFound } from '../model/refusals.ts'
import { historyTooShort, nothingCurrentThen, timeInFuture } from '../model/restore-refusals.ts'
import type { Sealed } from '../model/secret.ts'
import { CURRENT } from '../model/stages.ts'
import type { Found } from '../rows.ts'
import type { Secrets } from '../store.ts'

/** How a secret was at a time. `notYet`: it was not there yet. `notKnown`: the history does not reach back so far, only to `since`. */
export type Then =
  | { readonly is: 'known'; readonly state: State }
  | { readonly is: 'notYet' }
  | { readonly is: 'notKnown'; readonly since: number }

/**
 * How a secret, which is in state `now`, was at the end of the millisecond `at`: its changes since are taken back, the newest first.
 * `entries`: how many were read for it. What does not fit together is not known rather than guessed.
 */
export async function stateAt(
  { history }: Pick<Secrets, 'history'>,
  secret: Found,
  now: State,
  at: number,
): Promise<{ readonly past: Then; readonly entries: number }> {
  if (secret.createdAt > at) return { past: { is: 'notYet' }, entries: 0 }
  const { entries, whole } = await history.since(secret, at, secret.changedAt)
  const answer = (past: Then) => ({ past, entries: entries.length })
  let state = now
  let since = secret.changedAt
  for (const { kind, changes, heldSince, at: changedAt } of entries) {
    if (kind === 'Created') return answer({ is: 'notYet' })
    const earlier = before(state, changes)
    if (earlier === undefined) return answer({ is: 'notKnown', since: changedAt })
    state = earlier
    since = heldSince
  }
  return answer(whole ? { is: 'known', state } : { is: 'notKnown', since })
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** The milliseconds that an ISO 8601 text with an offset means; undefined: it is none, and names a version or a label. */
export function momentIn(text: string): number | undefined {
  const at = MOMENT.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

/** A version that was named, with its content; `pruned`: AWS's API does not know it any more. */
export interface Named {
  readonly version: Sealed
  readonly pruned: boolean
}

/**
 * The version of a secret that `wanted` names: a version id (also of a version that was pruned and whose value is kept), a staging
 * label, or a time (what was AWSCURRENT then). `at`: whose labels count, in milliseconds; undefined: those of now. `now`: the time of the
 * call. Throws ResourceNotFoundException for what is not there, was not yet, or is not kept.
 */
export async function versionNamed(
  secrets: Secrets,
  secret: Found,
  wanted: string,
  { now, at }: { readonly now: number; readonly at?: number | undefined },
): Promise<Named> {
  const moment = momentIn(wanted)
  if (moment !== undefined && moment > now) throw timeInFuture()
  const named = moment === undefined ? await kept(secrets, secret, wanted) : undefined
  if (named !== undefined) return named
  const time = moment ?? at
  const stages =
    time === undefined ? await secrets.stages(secret) : stagesIn(await known(secrets, secret, time, wanted))
  const id = stages.get(moment === undefined ? wanted : CURRENT)
  if (id === undefined && moment !== undefined) throw nothingCurrentThen(wanted)
  const found = id === undefined ? undefined : await kept(secrets, secret, id)
  if (found !== undefined) return found
  throw id === undefined && wanted.length < 32 ? stageNotFound(wanted) : versionNotFound(id ?? wanted)
}

async function kept(secrets: Secrets, secret: Found, id: string): Promise<Named | undefined> {
  const version = await secrets.version(secret, id)
  if (version !== undefined) return { version, pruned: false }
  const past = await secrets.history.past(secret, id)
  return past && { version: past, pruned: true }
}

async function known(secrets: Secrets, secret: Found, at: number, wanted: string): Promise<State> {
  const now = stateOf(secret, secret.policy, await secrets.stages(secret))
  const { past } = await stateAt(secrets, secret, now, at)
  if (past.is === 'known') return past.state
  throw past.is === 'notYet' ? nothingCurrentThen(wanted) : historyTooShort(wanted)
}
