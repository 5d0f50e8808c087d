import { before, type State } from '../model/as-of.ts'
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
