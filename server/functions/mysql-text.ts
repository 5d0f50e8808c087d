/**
 * Text for MySQL and MariaDB: literals, names, versions. Everything here is quoted for a session whose sql_mode holds
 * NO_BACKSLASH_ESCAPES (`mysql.ts` sets and checks it): a backslash is a letter then, and the quote is the only special
 * character. Pure.
 */

import { FunctionFault } from './function.ts'

/** An account: `name@host`. The host is a pattern: `%`, `10.0.%`, `10.0.0.0/255.255.0.0`. */
export interface Account {
  readonly name: string
  readonly host: string
}

/** What runs on the other side. `number`: 5.7.6 is 50706. */
export interface Version {
  readonly mariadb: boolean
  readonly number: number
}

/** Reads what VERSION() answers: `8.0.36`, `5.7.44-log`, `10.11.6-MariaDB-log`, `8.0.mysql_aurora.3.05.2`. */
export function versionOf(text: string): Version {
  const found = /^(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?/.exec(text)
  if (found === null) throw new FunctionFault('the database tells no version that can be read')
  const [, major, minor, patch = '0'] = found
  return {
    mariadb: /mariadb/i.test(text),
    number: Number(major) * 10_000 + Number(minor) * 100 + Math.min(Number(patch), 99),
  }
}

/** Refuses what no quoting carries over safely: NUL, and halves of surrogate pairs, which would become other characters. */
export function refuseUnquotable(text: string, what: string): void {
  if (text.includes('\0')) throw new FunctionFault(`the ${what} holds a NUL byte`)
  if (!text.isWellFormed()) throw new FunctionFault(`the ${what} is no well-formed Unicode`)
}

/** `it's` → `'it''s'`. */
export function literal(text: string, what = 'text'): string {
  refuseUnquotable(text, what)
  return `'${text.replaceAll("'", "''")}'`
}

/** `a.b` → `` `a.b` ``: one name; a dot is no separator. */
export function identifier(name: string): string {
  refuseUnquotable(name, 'name')
  return `\`${name.replaceAll('`', '``')}\``
}

/** `'app'@'10.0.%'` */
export function accountText({ name, host }: Account): string {
  return `${literal(name, 'username')}@${literal(host, 'host of an account')}`
}
