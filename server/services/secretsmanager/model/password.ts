import { ApiError } from '#kernel/error'

/** What GetRandomPassword takes, as on the wire. */
export interface PasswordRules {
  readonly PasswordLength?: number | undefined
  readonly ExcludeCharacters?: string | undefined
  readonly ExcludeNumbers?: boolean | undefined
  readonly ExcludePunctuation?: boolean | undefined
  readonly ExcludeUppercase?: boolean | undefined
  readonly ExcludeLowercase?: boolean | undefined
  readonly IncludeSpace?: boolean | undefined
  readonly RequireEachIncludedType?: boolean | undefined
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz'
const UPPERCASE = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const NUMBERS = '0123456789'
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
const DEFAULT_LENGTH = 32

/**
 * A password of exactly the length asked for. `below(end)` draws a whole number from 0 up to `end` without bias; every
 * character beyond the required ones is drawn evenly from all included pools together, then all are shuffled, so that
 * no place says which pool its character is from.
 *
 * @throws ApiError InvalidParameterException when nothing is left to draw from or the length can't hold each type.
 * Source: API_GetRandomPassword, secretsmanager.md 8.7. Assumed: a pool that ExcludeCharacters empties is no longer an
 * included type, and space is one.
 */
export function passwordOf(rules: PasswordRules, below: (end: number) => number): string {
  const length = rules.PasswordLength ?? DEFAULT_LENGTH
  const pools = poolsOf(rules)
  const union = pools.join('')
  if (union === '') {
    // Assumed: AWS's own words are not known.
    throw new ApiError('InvalidParameterException', 'No characters are left to make the password from.')
  }
  const required = rules.RequireEachIncludedType === false ? [] : pools
  if (length < required.length) {
    throw new ApiError('InvalidParameterException', 'Password length is too short based on the required types.')
  }
  const drawn: string[] = []
  for (const pool of required) drawn.push(draw(pool, below))
  while (drawn.length < length) drawn.push(draw(union, below))
  return shuffled(drawn, below).join('')
}

/** The pools that are included, without the excluded characters; none is empty. */
function poolsOf(rules: PasswordRules): string[] {
  const excluded = new Set(rules.ExcludeCharacters ?? '')
  const pools = [
    rules.ExcludeLowercase === true ? '' : LOWERCASE,
    rules.ExcludeUppercase === true ? '' : UPPERCASE,
    rules.ExcludeNumbers === true ? '' : NUMBERS,
    rules.ExcludePunctuation === true ? '' : PUNCTUATION,
    rules.IncludeSpace === true ? ' ' : '',
  ]
  return pools.map((pool) => [...pool].filter((char) => !excluded.has(char)).join('')).filter((pool) => pool !== '')
}

function draw(pool: string, below: (end: number) => number): string {
  return pool[below(pool.length)] as string
}

/** Fisher and Yates: every order is equally likely. */
function shuffled(chars: string[], below: (end: number) => number): string[] {
  for (let last = chars.length - 1; last > 0; last--) {
    const other = below(last + 1)
    const kept = chars[last] as string
    chars[last] = chars[other] as string
    chars[other] = kept
  }
  return chars
}
