import { type ConnectFailure, FunctionFault, NotConnected } from './function.ts'
import { told } from './untold.ts'

/**
 * What goes wrong with Oracle, in our own words and its number. The texts of the server are not told: they may quote a statement.
 * Source: Database Error Messages (ORA-), node-oracledb 26 (NJS-).
 */

const LOGIN: Readonly<Record<string, readonly [ConnectFailure, string]>> = {
  'ORA-01017': ['auth', 'the server refuses this user with this password'],
  'ORA-01045': ['other', 'the user may not log in: it lacks CREATE SESSION'],
  'ORA-28000': ['other', 'the account is locked'],
  'ORA-28001': ['other', 'the password has expired, and the server lets nobody in with it'],
  'ORA-12505': ['missing database', 'the listener knows no database with this sid'],
  'ORA-12514': ['missing database', 'the listener knows no service of this name'],
  'NJS-518': ['missing database', 'the listener knows no service of this name'],
  'NJS-519': ['missing database', 'the listener knows no database with this sid'],
  'NJS-116': ['other', 'the server keeps the password in a form that is too old'],
  'NJS-138': ['other', 'the server is older than 12.1'],
  'NJS-173': ['other', 'the server does not prove that it knows the password'],
  'NJS-500': ['network', 'the connection broke off'],
  'NJS-501': ['network', 'the connection broke off'],
  'NJS-503': ['network', 'the server cannot be reached'],
  'NJS-510': ['network', 'the server does not answer'],
  'NJS-511': ['other', 'the listener refuses the connection'],
  'NJS-521': ['network', 'the connection broke off'],
  'NJS-530': ['network', 'the host is not known'],
}

/** No TLS: what OpenSSL or the check of the name said helps to mend it. */
const TLS = new Set(['NJS-505', 'NJS-506', 'NJS-507', 'NJS-508'])

/** Number of an error of the server or the driver: `ORA-01017`, `NJS-506`. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' && /^[A-Z]{3}-\d{3,5}$/.test(code) ? code : 'unknown'
}

export function notConnected(error: unknown): NotConnected {
  if (error instanceof NotConnected) return error
  const code = codeOf(error)
  if (TLS.has(code)) return new NotConnected('tls', told(error instanceof Error ? error.message : code, []))
  const [failure, text] = LOGIN[code] ?? ['other', 'the server does not let us in']
  return new NotConnected(failure, `${text} (${code})`)
}

const STATEMENT: Readonly<Record<string, string>> = {
  'ORA-00972': 'a name or a password is too long for this database',
  'ORA-01031': 'the user lacks a privilege that this needs',
  'ORA-00942': 'the user cannot see a view of the dictionary that this needs',
  'ORA-01918': 'there is no such user',
  'ORA-01920': 'the name belongs to another user or role',
  'ORA-28003': 'the profile of the user refuses the password',
  'ORA-28007': 'the password was used before, which the profile of the user forbids',
  'ORA-28008': 'the server takes the current password for a wrong one',
}

/** A statement that failed. */
export class Refused extends FunctionFault {
  readonly code: string

  constructor(error: unknown) {
    const code = codeOf(error)
    const lost = code === 'NJS-500' || code === 'NJS-501'
    const text = lost ? 'the connection to the database broke off' : 'the database refuses a statement'
    const known = STATEMENT[code]
    super(`${text}: ${known === undefined ? code : `${known} (${code})`}`, 'DatabaseError')
    this.code = code
  }
}
