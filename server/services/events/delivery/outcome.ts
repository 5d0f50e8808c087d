import type { RetryPolicy } from '@aws-sdk/client-eventbridge'
import type { Random } from '#kernel/random'
import type { Failure } from './store.ts'

/** How a try ended. `again`: another one may do better; `afterMs`: not before. */
export type Outcome =
  | 'arrived'
  | { readonly failure: Failure; readonly again: false }
  | { readonly failure: Failure; readonly again: true; readonly afterMs?: number | undefined }

/** Source: surroundings.md 4.2; API_RetryPolicy. */
const MOST_RETRIES = 185
const OLDEST_MS = 86_400_000
/** Longest wait between two tries, so that 185 of them are made within a day. Ours. */
const LONGEST_WAIT_MS = 8 * 60_000

/**
 * What comes after a try that failed: the milliseconds until the next, or what is said of it in the archive. `made`: the tries so far.
 * The wait doubles from a second on, with a random part of half of it.
 */
export function afterFailure(
  { failure, again, ...outcome }: Exclude<Outcome, 'arrived'>,
  policy: RetryPolicy | undefined,
  { made, ageMs }: { readonly made: number; readonly ageMs: number },
  random: Random,
): { readonly waitMs: number } | { readonly failure: Failure } {
  if (!again) return { failure }
  const { MaximumRetryAttempts = MOST_RETRIES, MaximumEventAgeInSeconds = OLDEST_MS / 1000 } = policy ?? {}
  if (made > MaximumRetryAttempts) return { failure: exhausted(failure, 'MaximumRetryAttempts') }
  const wait = Math.min(1000 * 2 ** Math.min(made - 1, 20), LONGEST_WAIT_MS)
  const waitMs = Math.max(wait / 2 + random.below(wait / 2 + 1), 'afterMs' in outcome ? (outcome.afterMs ?? 0) : 0)
  if (ageMs + waitMs > MaximumEventAgeInSeconds * 1000)
    return { failure: exhausted(failure, 'MaximumEventAgeInSeconds') }
  return { waitMs }
}

const exhausted = ({ code, reason }: Failure, by: string): Failure => ({
  code,
  reason: `${reason}; no more tries: ${by}`,
})

export const permanent = (code: string, reason: string): Outcome => ({ failure: { code, reason }, again: false })
export const passing = (code: string, reason: string, afterMs?: number): Outcome => ({
  failure: { code, reason },
  again: true,
  afterMs,
})
