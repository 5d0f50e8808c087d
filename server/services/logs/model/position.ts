import { hash } from 'node:crypto'
import type { Key } from './group.ts'
import { invalidToken } from './refusals.ts'

const ORDINAL_BITS = 64n
const ORDINALS = 1n << ORDINAL_BITS
/** Digits of ids and tokens. Observed with the service: 56. */
const DIGITS = 56

const numberOf = ({ time, ordinal }: Key): bigint => BigInt(time) * ORDINALS + BigInt(ordinal)

/**
 * Tokens of GetLogEvents: `f/<digits>/s` goes on behind a place, `b/<digits>/s` before it. They always name the same place for the
 * same page, so that who has come to the end gets back the token that he gave. Source: surroundings.md 3, trap 15.
 */
export const forwardToken = (behind: Key): string => `f/${String(numberOf(behind)).padStart(DIGITS, '0')}/s`
export const backwardToken = (before: Key): string => `b/${String(numberOf(before)).padStart(DIGITS, '0')}/s`

/** A place in one of the two directions. Throws for what is no token. */
export function placeIn(token: string): { readonly forward: boolean; readonly key: Key } {
  const [, direction, digits] = /^([fb])\/(\d{56})\/s$/.exec(token) ?? []
  if (digits === undefined) throw invalidToken()
  const number = BigInt(digits)
  const time = Number(number / ORDINALS)
  const ordinal = Number(number % ORDINALS)
  if (!Number.isSafeInteger(time) || !Number.isSafeInteger(ordinal)) throw invalidToken()
  return { forward: direction === 'f', key: { time, ordinal } }
}

/** The place just before another, and the one just behind it. */
export function before({ time, ordinal }: Key): Key {
  if (ordinal > 0) return { time, ordinal: ordinal - 1 }
  return time === 0 ? { time: 0, ordinal: 0 } : { time: time - 1, ordinal: Number.MAX_SAFE_INTEGER }
}
export const behind = ({ time, ordinal }: Key): Key =>
  ordinal < Number.MAX_SAFE_INTEGER ? { time, ordinal: ordinal + 1 } : { time: time + 1, ordinal: 0 }

/** The id of an event: digits that no other event has. `group`: the group's own id. */
export function eventId(group: string, key: Key): string {
  const salt = BigInt(`0x${hash('sha256', group).slice(0, 14)}`)
  // 42 bits of time, 54 of order, 56 of the group
  const number = (BigInt(key.time) << 110n) | (BigInt(key.ordinal) << 56n) | salt
  return String(number).padStart(DIGITS, '0')
}
