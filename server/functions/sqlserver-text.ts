/**
 * Text for SQL Server: names in brackets and literals, which do not depend on what a session is set to (QUOTED_IDENTIFIER), and
 * the statements that set passwords. Statements about logins take no parameters, and QUOTENAME of the server ends at 128
 * characters; a trace of the server leaves out the whole text of those that hold a password. Pure. Source: rotation.md 8.6, 9.
 */

import type { Secret } from '#kernel/values/bytes'
import { FunctionFault } from './function.ts'

/** Longest name and longest password, in units of UTF-16. Source: the type sysname; CREATE LOGIN. */
export const LONGEST = 128

/** Refuses what no quoting carries over: NUL, halves of surrogate pairs, more than the server keeps. */
export function refuseUnquotable(text: string, what: string): void {
  if (text === '') throw new FunctionFault(`the ${what} is empty`)
  if (text.includes('\0')) throw new FunctionFault(`the ${what} holds a NUL character`)
  if (!text.isWellFormed()) throw new FunctionFault(`the ${what} is no well-formed Unicode`)
  if (text.length > LONGEST) throw new FunctionFault(`the ${what} is longer than ${LONGEST} characters`)
}

/** `a]b` → `[a]]b]`: one name; a dot is no separator. */
export function identifier(name: string, what = 'name'): string {
  refuseUnquotable(name, what)
  return `[${name.replaceAll(']', ']]')}]`
}

/** `it's` → `N'it''s'`. */
export function literal(text: string, what: string): string {
  refuseUnquotable(text, what)
  // the server joins the lines of a literal at such a place, so another password would be set. Source: Backslash (Line Continuation)
  if (/\\[\r\n]/.test(text)) throw new FunctionFault(`the ${what} holds a backslash before a line break`)
  return `N'${text.replaceAll("'", "''")}'`
}

/** What has a password: a login of the server, or a user of a contained database. */
export type Kind = 'LOGIN' | 'USER'

/** `old`: the password that one logged in with. A superuser needs none. */
export function setPassword(kind: Kind, name: string, password: Secret, old?: Secret): string {
  const before = old === undefined ? '' : ` OLD_PASSWORD=${literal(old.reveal(), 'current password')}`
  return `ALTER ${kind} ${identifier(name, 'username')} WITH PASSWORD=${literal(password.reveal(), 'password')}${before}`
}

/** What a login has beside its rights; a clone gets the same. */
export interface Login {
  readonly database: string | null
  readonly language: string | null
  readonly policy: boolean
  readonly expiration: boolean
}

export function createLogin(name: string, password: Secret, { database, language, policy, expiration }: Login): string {
  const options = [
    `PASSWORD=${literal(password.reveal(), 'password')}`,
    ...(database === null ? [] : [`DEFAULT_DATABASE=${identifier(database)}`]),
    ...(language === null ? [] : [`DEFAULT_LANGUAGE=${identifier(language)}`]),
    `CHECK_EXPIRATION=${expiration ? 'ON' : 'OFF'}`,
    `CHECK_POLICY=${policy ? 'ON' : 'OFF'}`,
  ]
  return `CREATE LOGIN ${identifier(name, 'username')} WITH ${options.join(', ')}`
}

/** What a user of a database has beside its rights. */
export interface User {
  readonly schema: string | null
  readonly language?: string | null
}

/** A user for a login. */
export function createUser(name: string, login: string, { schema }: User): string {
  const options = schema === null ? '' : ` WITH DEFAULT_SCHEMA=${identifier(schema)}`
  return `CREATE USER ${identifier(name, 'name of the user')} FOR LOGIN ${identifier(login, 'username')}${options}`
}

/** A user of a contained database, with a password of its own. */
export function createContainedUser(name: string, password: Secret, { schema, language }: User): string {
  const options = [
    `PASSWORD=${literal(password.reveal(), 'password')}`,
    ...(schema === null ? [] : [`DEFAULT_SCHEMA=${identifier(schema)}`]),
    ...(language === null || language === undefined ? [] : [`DEFAULT_LANGUAGE=${identifier(language)}`]),
  ]
  return `CREATE USER ${identifier(name, 'username')} WITH ${options.join(', ')}`
}

/** What hides anything else: literals and names in quotes or brackets. */
const QUOTED = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\[(?:[^\]]|\]\])*\]/g

/**
 * Asks whether a query has rows. Between the parentheses of EXISTS stands one query and nothing else: no second statement, no
 * INTO, no procedure. Throws for a text that would leave them.
 */
export function whether(query: string): string {
  const bare = query.replace(QUOTED, ' ')
  let depth = 0
  for (const mark of bare) {
    if (mark === '(') depth += 1
    if (mark === ')') depth -= 1
    if (depth < 0) break
  }
  const odd = query.includes('\0') || !query.isWellFormed() || /['"[\]]|--|\/\*/.test(bare)
  if (odd || depth !== 0)
    throw new FunctionFault('rotationCheck must be one SELECT without comments, with all quotes closed', 'CheckFailed')
  return `SELECT 1 AS found WHERE EXISTS (${query})`
}

/** `app` → `app_clone` → `app`. */
export const otherName = (name: string): string =>
  name.endsWith('_clone') ? name.slice(0, -'_clone'.length) : `${name}_clone`
