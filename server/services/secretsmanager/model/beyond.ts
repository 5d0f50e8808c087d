/**
 * What a secret asks of its rotation beyond AWS, in tags: so that TagResource, its permission, its audit and every tool of AWS
 * serve to set it.
 */

/** `7d`: the old user's password stays until nobody reads the old version any more, at most so long. */
export const HOLD_TAG = 'strongroom:hold-until-read'
/** ARN of a function that is asked, after testSecret, whether the new value is any good. */
export const CHECK_TAG = 'strongroom:rotation-check'
/** `off`: a password whose test fails stays set. */
export const RETURN_TAG = 'strongroom:rotation-return'

type Tags = ReadonlyMap<string, string> | undefined

const HOUR_MS = 3_600_000
const UNITS: Readonly<Record<string, number>> = { h: HOUR_MS, d: 24 * HOUR_MS }
/** Longest hold: a password must not stay for ever. */
const MOST_HOLD_MS = 90 * 24 * HOUR_MS

/** How long a rotation may be held back, milliseconds; undefined: not at all. What can't be read counts as not said. */
export function holdOf(tags: Tags): number | undefined {
  return spanOf(tags?.get(HOLD_TAG) ?? '')
}

/** `7d` or `12h` in milliseconds, up to 90 days; undefined for anything else. */
export function spanOf(text: string): number | undefined {
  const [, number, unit = ''] = /^([1-9][0-9]{0,3})([hd])$/.exec(text.trim()) ?? []
  const ms = Number(number) * (UNITS[unit] ?? Number.NaN)
  return ms <= MOST_HOLD_MS ? ms : undefined
}

export const checkOf = (tags: Tags): string | undefined => tags?.get(CHECK_TAG)?.trim() || undefined

/** Whether the old password may be set again. */
export const returnsIn = (tags: Tags): boolean => tags?.get(RETURN_TAG)?.trim().toLowerCase() !== 'off'
