/** The rules for passwords of an account. Members as in AWS's PasswordPolicy; what is absent is not asked for. */
export interface PasswordRules {
  readonly MinimumPasswordLength: number
  readonly RequireSymbols: boolean
  readonly RequireNumbers: boolean
  readonly RequireUppercaseCharacters: boolean
  readonly RequireLowercaseCharacters: boolean
  readonly AllowUsersToChangePassword: boolean
  /** Days; undefined: for ever. */
  readonly MaxPasswordAge: number | undefined
  readonly PasswordReusePrevention: number | undefined
  readonly HardExpiry: boolean
}

/** What UpdateAccountPasswordPolicy sets for what it is not told. Source: API_UpdateAccountPasswordPolicy. */
export const DEFAULT_RULES: PasswordRules = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
  MaxPasswordAge: undefined,
  PasswordReusePrevention: undefined,
  HardExpiry: false,
}

/** Former passwords that are kept at most: PasswordReusePrevention counts no further. */
export const MOST_FORMER = 24

/** Characters of an account without a policy. Source: User Guide, "default password policy". */
const DEFAULT_LENGTH = 8
/** Of the four kinds of characters; the same. */
const DEFAULT_KINDS = 3

const UPPER = /[A-Z]/
const LOWER = /[a-z]/
const DIGIT = /[0-9]/
/** Source: User Guide, "custom password policy options". */
const SYMBOL = /[!@#$%^&*()_+\-=[\]{}|']/

/** Whether a password is one that the account allows; `rules` undefined: the account has no policy of its own. */
export function conforms(password: string, rules: PasswordRules | undefined): boolean {
  let length = 0
  for (const _ of password) length++
  if (rules === undefined) {
    const kinds = [UPPER, LOWER, DIGIT, SYMBOL].filter((kind) => kind.test(password)).length
    return length >= DEFAULT_LENGTH && kinds >= DEFAULT_KINDS
  }
  return (
    length >= rules.MinimumPasswordLength &&
    (!rules.RequireSymbols || SYMBOL.test(password)) &&
    (!rules.RequireNumbers || DIGIT.test(password)) &&
    (!rules.RequireUppercaseCharacters || UPPER.test(password)) &&
    (!rules.RequireLowercaseCharacters || LOWER.test(password))
  )
}

const DAY_MS = 86_400_000

/** When a password must be changed, milliseconds; undefined: never. */
export function expiryOf(changedAt: number, rules: PasswordRules | undefined): number | undefined {
  return rules?.MaxPasswordAge === undefined ? undefined : changedAt + rules.MaxPasswordAge * DAY_MS
}
