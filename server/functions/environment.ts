import { type Engine, FunctionFault, type PasswordOptions } from './function.ts'

/**
 * The environment of built-in functions: the variables of the published ones, and what is wrong with a value. Pure.
 * Source: rotation.md 8.3, 9.
 */

export type Variables = ReadonlyMap<string, string>

/** Longest password. Source: API_GetRandomPassword. */
const LONGEST_PASSWORD = 4096
const YES = ['true', '1', 'y', 'yes']
const NO = ['false', '0', 'n', 'no']

type Check = (value: string) => string | undefined

const isFlag: Check = (value) =>
  [...YES, ...NO].includes(value.toLowerCase()) ? undefined : 'is neither true nor false'

const isNumber =
  (least: number, most: number): Check =>
  (value) => {
    const number = /^\s*\d{1,9}\s*$/.test(value) ? Number(value) : Number.NaN
    return number >= least && number <= most ? undefined : `must be a whole number from ${least} to ${most}`
  }

const VARIABLES: ReadonlyMap<string, Check> = new Map([
  ['EXCLUDE_CHARACTERS', (value) => (value.length <= LONGEST_PASSWORD ? undefined : 'is too long')],
  ['PASSWORD_LENGTH', isNumber(1, LONGEST_PASSWORD)],
  ['EXCLUDE_NUMBERS', isFlag],
  ['EXCLUDE_UPPERCASE', isFlag],
  ['EXCLUDE_LOWERCASE', isFlag],
  ['EXCLUDE_PUNCTUATION', isFlag],
  ['REQUIRE_EACH_INCLUDED_TYPE', isFlag],
  ['USERNAME_CHARACTER_LIMIT', isNumber(1, 32)],
])

/** A file of this machine: the operator may name one, an account may not. */
export const AUTHORITIES_FILE = 'DB_CA_FILE'

/** The names of all variables that an account may set. */
export const variableNames: readonly string[] = [...VARIABLES.keys()]

/**
 * What is wrong with the variables of a function, for a person; undefined: nothing. For whoever takes configuration: what is not
 * refused here fails no rotation.
 */
export function refusalOf(variables: Variables): string | undefined {
  for (const [name, value] of variables) {
    if (name === AUTHORITIES_FILE) return `${name} names a file of the server: its operator sets it`
    const check = VARIABLES.get(name)
    if (check === undefined) return `${name} is not a variable of built-in functions: ${variableNames.join(', ')}`
    const wrong = check(value)
    if (wrong !== undefined) return `${name} ${wrong}`
  }
  return troubleOf(optionsOf({ excludeCharacters: '', passwordLength: 32 }, variables))
}

/** How passwords are made: what the environment says, else what suits the engine. Throws FunctionFault for nonsense. */
export function passwordOptions(
  engine: Pick<
    Engine,
    'excludeCharacters' | 'neverInPasswords' | 'passwordLength' | 'longestPassword' | 'ignoredVariables'
  >,
  all: Variables,
): PasswordOptions {
  const environment = new Map([...all].filter(([name]) => engine.ignoredVariables?.includes(name) !== true))
  const length = environment.get('PASSWORD_LENGTH')
  if (length !== undefined && !/^\s*\d{1,9}\s*$/.test(length))
    throw new FunctionFault('PASSWORD_LENGTH of the environment must be a whole number')
  const options = optionsOf(engine, environment)
  const { longestPassword: longest = LONGEST_PASSWORD } = engine
  const trouble =
    options.PasswordLength < 1 || options.PasswordLength > longest
      ? `PASSWORD_LENGTH must be a whole number from 1 to ${longest}`
      : troubleOf(options)
  if (trouble !== undefined) throw new FunctionFault(`The environment of the function does not do: ${trouble}`)
  return options
}

function optionsOf(
  engine: Pick<Engine, 'excludeCharacters' | 'neverInPasswords' | 'passwordLength'>,
  environment: Variables,
): PasswordOptions {
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = environment.get(name)
    return value === undefined ? otherwise : YES.includes(value.toLowerCase())
  }
  return {
    PasswordLength: Number(environment.get('PASSWORD_LENGTH') ?? engine.passwordLength),
    ExcludeCharacters: leftOut(engine, environment.get('EXCLUDE_CHARACTERS')),
    ExcludeNumbers: flag('EXCLUDE_NUMBERS', false),
    ExcludePunctuation: flag('EXCLUDE_PUNCTUATION', false),
    ExcludeUppercase: flag('EXCLUDE_UPPERCASE', false),
    ExcludeLowercase: flag('EXCLUDE_LOWERCASE', false),
    RequireEachIncludedType: flag('REQUIRE_EACH_INCLUDED_TYPE', true),
  }
}

/** A password that the database cannot have would stay with its token for good. */
function leftOut(
  { excludeCharacters, neverInPasswords = '' }: Pick<Engine, 'excludeCharacters' | 'neverInPasswords'>,
  asked = excludeCharacters,
): string {
  return asked + [...neverInPasswords].filter((character) => !asked.includes(character)).join('')
}

const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'

/** What no password can be made of. Source: API_GetRandomPassword, which refuses the same at the time of a rotation. */
function troubleOf(options: PasswordOptions): string | undefined {
  const types = [
    options.ExcludeNumbers ? '' : '0123456789',
    options.ExcludeUppercase ? '' : 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
    options.ExcludeLowercase ? '' : 'abcdefghijklmnopqrstuvwxyz',
    options.ExcludePunctuation ? '' : PUNCTUATION,
  ].filter((type) => type !== '')
  const left = types.map((type) => [...type].filter((one) => !options.ExcludeCharacters.includes(one)))
  if (left.every((type) => type.length === 0)) return 'all characters of passwords are excluded'
  if (!options.RequireEachIncludedType) return undefined
  if (left.some((type) => type.length === 0))
    return 'REQUIRE_EACH_INCLUDED_TYPE wants a character of a type of which all are excluded'
  if (options.PasswordLength < types.length)
    return `PASSWORD_LENGTH is less than the ${types.length} types of characters that REQUIRE_EACH_INCLUDED_TYPE wants`
  return undefined
}
