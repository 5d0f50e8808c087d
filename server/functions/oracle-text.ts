import { isIP } from 'node:net'
import { type DatabaseSecret, FunctionFault } from './function.ts'

/**
 * Text for Oracle: names of users, passwords, connect descriptors. Nothing can be escaped in any of them: what would end a quoted
 * name or a part of a descriptor is refused. Pure. Source: rotation.md 8.6, 8.7; Database SQL Language Reference, Database Object
 * Names and Qualifiers; Net Services Reference, Syntax Rules.
 */

export const DEFAULT_PORT = 1521

const QUOTED = /^"([^"]+)"$/
/** Names that mean the same whether the database makes capitals of them or we do. */
const PLAIN = /^[A-Za-z0-9_$#.-]+$/

/** The name as the dictionary has it: what is in double quotes stands as it is, anything else in capitals. */
export function dictionaryName(username: string): string {
  refuseUnquotable(username, 'name of the user')
  const inner = QUOTED.exec(username)?.[1]
  if (inner !== undefined) return inner
  // a name with brackets would be one user logging in as another
  if (!PLAIN.test(username))
    throw new FunctionFault(
      'the name of the user must be in double quotes if it has other characters than letters, digits, _, $, #, - and .',
    )
  return username.toUpperCase()
}

/** The other name of a user, in capitals unless it is in quotes. Source: rotation.md 8.5. */
export function cloneName(username: string): string {
  const inner = QUOTED.exec(username)?.[1]
  const name = inner ?? username.toUpperCase()
  const other = name.toUpperCase().endsWith('_CLONE') ? name.slice(0, -'_CLONE'.length) : `${name}_CLONE`
  return inner === undefined ? other : `"${other}"`
}

/** Bytes of a name, without its quotes. */
export const nameSize = (username: string): number => Buffer.byteLength(QUOTED.exec(username)?.[1] ?? username)

/** A name out of the dictionary, which has none with a double quote in it: `Big Data` → `"Big Data"`. */
export function identifier(name: string): string {
  refuseUnquotable(name, 'name')
  if (name === '' || name.includes('"')) throw new FunctionFault('a name of the database cannot be quoted')
  return `"${name}"`
}

/** What stands after IDENTIFIED BY. */
export function quotedPassword(password: string): string {
  assertPassword(password)
  return `"${password}"`
}

/** A double quote would end the password: Oracle knows no way to write one within. */
export function assertPassword(password: string): void {
  refuseUnquotable(password, 'password')
  if (password.includes('"'))
    throw new FunctionFault('the password holds a double quote, which Oracle has no way to write')
}

function refuseUnquotable(text: string, what: string): void {
  if (text.includes('\0')) throw new FunctionFault(`the ${what} holds a NUL character`)
  if (!text.isWellFormed()) throw new FunctionFault(`the ${what} is no well-formed Unicode`)
}

const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?$/
/** The driver takes `#` for the beginning of a comment. */
const DATABASE = /^[A-Za-z0-9_][A-Za-z0-9_$.-]{0,199}$/

/**
 * Where to connect: `(DESCRIPTION=(ADDRESS=(PROTOCOL=tcps)(HOST=h)(PORT=2484))(CONNECT_DATA=(SERVICE_NAME=s)) …)`. One setting,
 * with and without TLS: `sid` or `service` of the secret, else the service of the name `dbname`. Source: rotation.md 8.7.
 */
export function descriptor(secret: DatabaseSecret, tls: boolean, timeoutSeconds: number): string {
  const { host, port = DEFAULT_PORT, service, sid, dbname } = secret
  if (isIP(host) === 0 && !HOST.test(host))
    throw new FunctionFault('host of the secret JSON must be a host name or an address')
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new FunctionFault('the port is out of range')
  if (service !== undefined && sid !== undefined)
    throw new FunctionFault('the secret JSON names a service and a sid: only one of them can be meant')
  const [key, name] = sid === undefined ? ['SERVICE_NAME', service ?? dbname] : ['SID', sid]
  if (name === undefined) throw new FunctionFault('dbname key is missing from secret JSON', 'KeyError')
  if (!DATABASE.test(name))
    throw new FunctionFault('dbname, service or sid of the secret JSON has characters that no such name may have')
  const address = `(ADDRESS=(PROTOCOL=${tls ? 'tcps' : 'tcp'})(HOST=${host})(PORT=${port}))`
  const times = `(CONNECT_TIMEOUT=${timeoutSeconds})(TRANSPORT_CONNECT_TIMEOUT=${timeoutSeconds})(RETRY_COUNT=0)`
  const security = tls ? '(SECURITY=(SSL_SERVER_DN_MATCH=TRUE))' : ''
  return `(DESCRIPTION=${times}${address}(CONNECT_DATA=(${key}=${name}))${security})`
}
