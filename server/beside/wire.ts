import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'

export { isLoopback } from '#kernel/outbound/addresses'
export { signed, type Signable, type Signer } from '#kernel/signature/sign'
export { Secret } from '#kernel/values/bytes'

/** The time that requests are signed with. */
export const now = (): number => systemClock.now()

/** A new token of a request: one write is done once, however often it is sent. */
export const token = (): string => systemRandom.uuid()

/** A whole number from 0 up to, not including, `end`: pauses before another try differ. */
export const below = (end: number): number => systemRandom.below(end)
