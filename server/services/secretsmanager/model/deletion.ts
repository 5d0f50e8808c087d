import { windowOutOfRange, windowWithForce } from './refusals.ts'

const DAY_MS = 86_400_000
const DEFAULT_WINDOW_DAYS = 30

/** What DeleteSecret asks. */
export interface Deletion {
  readonly RecoveryWindowInDays?: number | undefined
  readonly ForceDeleteWithoutRecovery?: boolean | undefined
}

/** Refuses a window that is too short, too long, or in vain. Source: secretsmanager.md 6: before existence. */
export function checkDeletion({ RecoveryWindowInDays: days, ForceDeleteWithoutRecovery: force }: Deletion): void {
  if (days === undefined) return
  if (days < 7 || days > 30) throw windowOutOfRange()
  if (force) throw windowWithForce()
}

/** When a secret deleted at `now` will be gone, in milliseconds. */
export function purgeTime({ RecoveryWindowInDays: days = DEFAULT_WINDOW_DAYS }: Deletion, now: number): number {
  return now + days * DAY_MS
}
