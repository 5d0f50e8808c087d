import type { Secret } from '#kernel/values/bytes'
import { FunctionFault } from './function.ts'
import { type Account, accountText, identifier, literal, type Version } from './mysql-text.ts'

/**
 * What the versions of MySQL and MariaDB want to be told about users, and which of several accounts of one name is meant.
 * Pure. Source: rotation.md 8.6, 8.7; MySQL Reference Manual, ALTER USER, SET PASSWORD and "Access Control, Stage 1".
 */

/** ALTER USER … IDENTIFIED BY came with MySQL 5.7.6; before, PASSWORD() hashes. */
const hasAlterUser = ({ mariadb, number }: Version) => number >= (mariadb ? 100_200 : 50_706)

/** The sql_mode of our sessions. Where GRANT still could make a user without a password, it may not. */
export function sessionMode({ mariadb, number }: Version): string {
  const autoCreates = mariadb || number < 80_000
  return autoCreates ? 'NO_AUTO_CREATE_USER,NO_BACKSLASH_ESCAPES' : 'NO_BACKSLASH_ESCAPES'
}

/** Has the server itself stop questions of this session that take longer; MySQL only SELECTs. Nothing where it can't. */
export function statementLimit({ mariadb, number }: Version, longestMs: number): readonly string[] {
  if (mariadb) return number >= 100_101 ? [`SET SESSION max_statement_time = ${longestMs / 1000}`] : []
  return number >= 50_708 ? [`SET SESSION max_execution_time = ${longestMs}`] : []
}

/**
 * Sets the password of who is logged in. MariaDB lets a user do this with SET PASSWORD only: its ALTER USER asks for the
 * privilege CREATE USER, also for oneself. Observed with 10.11.
 */
export function setOwnPassword(version: Version, password: Secret, current?: Secret): string {
  const value = literal(password.reveal(), 'password')
  if (version.mariadb || !hasAlterUser(version)) return `SET PASSWORD = PASSWORD(${value})`
  const replaced = current === undefined ? '' : ` REPLACE ${literal(current.reveal(), 'current password')}`
  return `ALTER USER CURRENT_USER() IDENTIFIED BY ${value}${replaced}`
}

/** Sets the password of another user; the way in which it is kept stays. */
export function setPasswordOf(version: Version, account: Account, password: Secret): string {
  const value = literal(password.reveal(), 'password')
  if (version.mariadb || !hasAlterUser(version)) return `SET PASSWORD FOR ${accountText(account)} = PASSWORD(${value})`
  return `ALTER USER ${accountText(account)} IDENTIFIED BY ${value}`
}

/** Ways of MySQL to keep a password which a client may depend on, so the clone gets that of the original. */
const PASSWORD_PLUGINS = ['mysql_native_password', 'sha256_password', 'caching_sha2_password']

export function createUser(version: Version, account: Account, password: Secret, plugin: string): string {
  const kept = !version.mariadb && hasAlterUser(version) && PASSWORD_PLUGINS.includes(plugin)
  const by = `BY ${literal(password.reveal(), 'password')}`
  return `CREATE USER ${accountText(account)} IDENTIFIED ${kept ? `WITH ${plugin} ` : ''}${by}`
}

/** What mysql.user says of an account beside its privileges; NULL is ''. */
export interface UserRow {
  readonly host: string
  readonly plugin: string
  /** '', ANY, X509 or SPECIFIED. */
  readonly tls: string
  readonly cipher: string
  readonly issuer: string
  readonly subject: string
  /** Per hour: queries, updates, connections; then connections at one time. 0: no limit. */
  readonly limits: readonly [string, string, string, string]
  /** MariaDB: the default role, '' for none. */
  readonly defaultRole: string
}

export function userRows({ mariadb }: Version, name: string): string {
  const columns = [
    'Host, plugin, ssl_type, ssl_cipher, x509_issuer, x509_subject',
    'max_questions, max_updates, max_connections, max_user_connections',
    mariadb ? 'default_role' : "''",
  ]
  const users = mariadb ? " AND is_role = 'N'" : ''
  return `SELECT ${columns.join(', ')} FROM mysql.user WHERE User = ${literal(name, 'username')}${users}`
}

export function userRow(row: readonly (string | null)[]): UserRow {
  const text = (index: number) => row[index] ?? ''
  return {
    host: text(0),
    plugin: text(1),
    tls: text(2),
    cipher: text(3),
    issuer: text(4),
    subject: text(5),
    limits: [text(6), text(7), text(8), text(9)],
    defaultRole: text(10),
  }
}

/** MySQL 8: the default roles of an account, name and host. */
export function defaultRoleRows({ name, host }: Account): string {
  const of = `USER = ${literal(name, 'username')} AND HOST = ${literal(host, 'host of an account')}`
  return `SELECT DEFAULT_ROLE_USER, DEFAULT_ROLE_HOST FROM mysql.default_roles WHERE ${of}`
}

/** `roles`: quoted. MariaDB has one or none. */
export function setDefaultRoles({ mariadb }: Version, account: Account, roles: readonly string[]): string {
  const what = roles.length === 0 ? 'NONE' : roles.join(', ')
  return `SET DEFAULT ROLE ${what} ${mariadb ? 'FOR' : 'TO'} ${accountText(account)}`
}

export const defaultRoleOf = (row: UserRow) => (row.defaultRole === '' ? [] : [identifier(row.defaultRole)])

/** What the account must show of TLS, and how much it may do: as `row` says, also where that is nothing. */
export function requirements(version: Version, account: Account, row: UserRow): string {
  const to = accountText(account)
  const clause = `REQUIRE ${required(row)} WITH ${limits(row)}`
  return hasAlterUser(version) ? `ALTER USER ${to} ${clause}` : `GRANT USAGE ON *.* TO ${to} ${clause}`
}

function required({ tls, cipher, issuer, subject }: UserRow): string {
  if (tls === '') return 'NONE'
  if (tls === 'ANY') return 'SSL'
  if (tls === 'X509') return 'X509'
  const parts = Object.entries({ CIPHER: cipher, ISSUER: issuer, SUBJECT: subject }).filter(([, value]) => value !== '')
  if (tls !== 'SPECIFIED' || parts.length === 0)
    throw new FunctionFault('the TLS requirement of the account cannot be read, so it cannot be copied')
  return parts.map(([word, value]) => `${word} ${literal(value)}`).join(' AND ')
}

const LIMITS = ['MAX_QUERIES_PER_HOUR', 'MAX_UPDATES_PER_HOUR', 'MAX_CONNECTIONS_PER_HOUR', 'MAX_USER_CONNECTIONS']

function limits(row: UserRow): string {
  return LIMITS.map((name, index) => {
    const value = row.limits[index] as string
    if (!/^-?\d{1,20}$/.test(value)) throw new FunctionFault('the limits of the account cannot be read')
    return `${name} ${value}`
  }).join(' ')
}

/**
 * The row that lets somebody in who comes from `address`, as the server calls where we come from. The current user has just
 * proven its password from there, for this very row: rights of its namesakes on other hosts are not passed on.
 */
export function chooseAccount(rows: readonly UserRow[], address: string): UserRow {
  if (rows.length === 0) throw new FunctionFault('the current user has no account of its own in mysql.user')
  if (rows.length === 1) return rows[0] as UserRow
  // the server knows both name and address of who comes, and shows us one of them
  const blind =
    !isAddress(address) &&
    address !== 'localhost' &&
    rows.some(({ host }) => /^[\d_.:/%]*[\d_.:/][\d_.:/%]*$/.test(host))
  const fitting = rows
    .filter(({ host }) => matches(host.toLowerCase(), address.toLowerCase()))
    .toSorted((a, b) => precision(b.host) - precision(a.host))
  const [first, second] = fitting
  const tied = first !== undefined && second !== undefined && precision(first.host) === precision(second.host)
  if (blind || first === undefined || tied)
    throw new FunctionFault('the current user has several accounts, and which of them is meant cannot be told')
  return first
}

const isAddress = (text: string) => /^[\d.]+$|^[\da-fA-F:.]*:[\da-fA-F:.]*$/.test(text)

/** Exact hosts come first, then networks, then patterns, the later their first wildcard the sooner. */
function precision(host: string): number {
  if (host.includes('/')) return 1000
  const wildcard = host.search(/[%_]/)
  if (host === '' || wildcard === 0) return 0
  return wildcard === -1 ? 2000 : wildcard
}

function matches(host: string, address: string): boolean {
  if (host === '' || host === '%' || host === address) return true
  const [network, mask] = host.split('/')
  if (mask !== undefined) return inNetwork(network as string, mask, address)
  return /[%_]/.test(host) && like(host, address)
}

function inNetwork(network: string, mask: string, address: string): boolean {
  const [net, from] = [bits(network), bits(address)]
  const length = /^\d{1,2}$/.test(mask) ? Number(mask) : undefined
  const masked = length === undefined ? bits(mask) : length > 32 ? undefined : 2 ** 32 - 2 ** (32 - length)
  if (net === undefined || from === undefined || masked === undefined) return false
  return (from & masked) >>> 0 === net
}

function bits(address: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number)
  if (parts === undefined || parts.some((part) => part > 255)) return undefined
  return parts.reduce((sum, part) => sum * 256 + part, 0)
}

/** LIKE, for hosts: `%` is any text, `_` one character. Takes time in proportion to both lengths at most. */
function like(pattern: string, text: string): boolean {
  let [at, from, star, resume] = [0, 0, -1, 0]
  while (from < text.length) {
    if (pattern[at] === '%') {
      star = at
      resume = from
      at += 1
    } else if (pattern[at] === '_' || (at < pattern.length && pattern[at] === text[from])) {
      at += 1
      from += 1
    } else if (star >= 0) {
      at = star + 1
      resume += 1
      from = resume
    } else return false
  }
  return /^%*$/.test(pattern.slice(at))
}
