import { before, type State } from '../model/as-of.ts'
import type { Found } from '../rows.ts'
import type { Secrets } from '../store.ts'

/** Entries that are read of one secret; who has changed one more often than that must name a later time. */
const MOST = 100_000

/** How a secret was at a time. `notYet`: it was not there yet. `notKnown`: the history does not reach back so far, only to `since`. */
export type Then =
  | { readonly is: 'known'; readonly state: State }
  | { readonly is: 'notYet' }
  | { readonly is: 'notKnown'; readonly since: number }

/**
 * How a secret, which is in state `now`, was at the end of the millisecond `at`: its changes since are taken back, the newest first.
 * `entries`: how many were read for it; `made`: versions that have come since. What does not fit together is not known rather than guessed.
 */
export async function stateAt(
  { history }: Pick<Secrets, 'history'>,
  secret: Found,
  now: State,
  at: number,
): Promise<{ readonly past: Then; readonly entries: number; readonly made: ReadonlySet<string> }> {
  const made = new Set<string>()
  if (secret.createdAt > at) return { past: { is: 'notYet' }, entries: 0, made }
  let state = now
  let since = secret.changedAt
  let entries = 0
  let past: Then | undefined
  const whole = await history.walk(secret, at, secret.changedAt, (entry) => {
    entries++
    for (const { member, to } of entry.changes) if (member === 'Version' && to !== undefined) made.add(to)
    if (entry.kind === 'Created') past = { is: 'notYet' }
    const earlier = before(state, entry.changes)
    if (earlier === undefined) past ??= { is: 'notKnown', since: entry.at }
    else state = earlier
    since = entry.heldSince
    return past === undefined && entries < MOST
  })
  past ??= whole ? { is: 'known', state } : { is: 'notKnown', since }
  return { past, entries, made }
}
