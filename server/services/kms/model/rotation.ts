import { ApiError } from '#kernel/error'
import type { Key, Rotation } from './key.ts'
import { SYMMETRIC } from './specs.ts'
import { wrongOrigin } from './states.ts'

/** When the material of a key is replaced. Source: kms.md 6. */

export const DAY_MS = 86_400_000
/** Days between rotations when nobody says how many, and of keys that AWS manages. */
export const DEFAULT_DAYS = 365
/** Rotations of a key on demand. Source: kms.md 15. */
const MOST_ON_DEMAND = 25

/** How a key rotates by itself. The keys that AWS manages do every year, whatever was written down. */
export function rotationOf(key: Key): Rotation | undefined {
  if (key.rotation !== undefined || key.manager !== 'AWS') return key.rotation
  return { days: DEFAULT_DAYS, nextAt: key.createdAt + DEFAULT_DAYS * DAY_MS }
}

/** Whether a key that can rotate now should have done so already. */
export function isOverdue(key: Key, now: number): boolean {
  const rotation = rotationOf(key)
  return rotation !== undefined && rotation.nextAt <= now
}

/** Only symmetric keys have more than one material. Recorded: no text. */
export function requireRotatable({ spec }: Pick<Key, 'spec'>): void {
  if (spec !== SYMMETRIC) throw new ApiError('UnsupportedOperationException')
}

/** Refuses a key whose rotation is not for its service, or not for this Region, to set. */
export function requireOwnRotation(key: Key): void {
  requireRotatable(key)
  if (key.origin !== 'AWS_KMS') throw wrongOrigin(key)
  requirePrimary(key)
}

/** Refuses a replica: it has what its primary has. Assumed: as ReplicateKey. */
export function requirePrimary(key: Pick<Key, 'arn' | 'multiRegion'>): void {
  if (key.multiRegion?.type === 'REPLICA') throw notPrimary(key)
}

export const notPrimary = ({ arn }: Pick<Key, 'arn'>): ApiError =>
  new ApiError('UnsupportedOperationException', `${arn} is not a multi-region primary key.`)

/** Throws LimitExceededException (recorded) when a key was rotated on demand as often as it may. */
export function requireDemand({ arn, onDemandRotations }: Key): void {
  if (onDemandRotations < MOST_ON_DEMAND) return
  throw new ApiError(
    'LimitExceededException',
    `The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: ${arn}`,
  )
}
