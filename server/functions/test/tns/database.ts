import { isPassword, type Verifier, verifierOf } from './logon.ts'
import { OraError } from './sql.ts'

/** What one grant says besides to whom: the option is ADMIN for roles and system privileges, GRANT for objects. */
export interface Grant {
  /** `CONNECT`, `CREATE SESSION`, `SELECT`, `UPDATE ("PRICE")`. */
  readonly what: string
  /** `"SHOP"."ORDERS"`, `DIRECTORY "DATA"`; undefined for roles and system privileges. */
  readonly on?: string
  readonly role: boolean
  readonly option: boolean
}

export interface User {
  readonly name: string
  verifier: Verifier
  status: 'OPEN' | 'LOCKED' | 'EXPIRED'
  defaultTablespace: string
  temporaryTablespace: string
  profile: string
  authentication: 'PASSWORD' | 'EXTERNAL'
  maintained: boolean
  /** Whether the password file names it: SYSDBA and the like. */
  administers: boolean
  /** As whom it may log in with its own password. */
  readonly proxyFor: Set<string>
  /** Bytes by tablespace; -1 for no limit. */
  readonly quotas: Map<string, number>
  readonly grants: Map<string, Grant>
  /** Roles that a session begins with; `ALL` those that it has. */
  defaultRoles: 'ALL' | Set<string>
}

/** Users of a database with their passwords and rights, and what may be granted: as much of Oracle as rotation touches. */
export class Database {
  readonly users = new Map<string, User>()
  readonly roles = new Set(['CONNECT', 'RESOURCE', 'DBA'])
  readonly profiles = new Set(['DEFAULT'])
  /** Profiles whose users must say their old password. */
  readonly verifying = new Set<string>()
  readonly tablespaces = new Set(['USERS', 'TEMP', 'SYSTEM'])
  readonly objects = new Set<string>()

  /** Makes a user outside of SQL. */
  seed(name: string, password: string, change: Partial<Omit<User, 'name' | 'verifier'>> = {}): User {
    const user: User = {
      name,
      verifier: verifierOf(password),
      status: 'OPEN',
      defaultTablespace: 'USERS',
      temporaryTablespace: 'TEMP',
      profile: 'DEFAULT',
      authentication: 'PASSWORD',
      maintained: false,
      administers: false,
      proxyFor: new Set(),
      quotas: new Map(),
      grants: new Map(),
      defaultRoles: 'ALL',
      ...change,
    }
    this.users.set(name, user)
    return user
  }

  /** The user's name as the database knows it: in quotes as it is, else in capitals. */
  static nameOf(login: string): string {
    const quoted = /^"([^"]+)"$/.exec(login)
    return quoted?.[1] ?? login.toUpperCase()
  }

  accepts(login: string, password: string): boolean {
    const user = this.users.get(Database.nameOf(login))
    return user !== undefined && user.status === 'OPEN' && isPassword(user.verifier, password)
  }

  of(name: string): User {
    const user = this.users.get(name)
    if (user === undefined) throw new OraError(1918, `user '${name}' does not exist`)
    return user
  }

  give(name: string, grant: Grant): void {
    const held = this.of(name).grants
    const key = keyOf(grant)
    held.set(key, { ...grant, option: grant.option || held.get(key)?.option === true })
  }

  /** Directly, or by the role DBA, which has every right. */
  may(user: User, privilege: string): boolean {
    return user.grants.has(privilege) || user.grants.has('DBA')
  }

  /** What GET_GRANTED_DDL writes. */
  grantedDdl(kind: string, name: string): string {
    const all = [...this.of(name).grants.values()]
    const of: Readonly<Record<string, readonly Grant[]>> = {
      ROLE_GRANT: all.filter(({ role }) => role),
      SYSTEM_GRANT: all.filter(({ role, on }) => !role && on === undefined),
      OBJECT_GRANT: all.filter(({ on }) => on !== undefined),
    }
    const grants = of[kind]
    if (grants === undefined) throw new OraError(31600, `invalid input value ${kind} for parameter OBJECT_TYPE`)
    if (grants.length === 0) throw new OraError(31608, `specified object of type ${kind} not found`)
    return grants
      .map(({ what, on, role, option }) => {
        const privilege = role ? `"${what}"` : what
        const options = option ? (on === undefined ? ' WITH ADMIN OPTION' : ' WITH GRANT OPTION') : ''
        return `\n  GRANT ${privilege}${on === undefined ? '' : ` ON ${on}`} TO "${name}"${options}\n`
      })
      .join('')
  }
}

const keyOf = ({ what, on }: Grant) => (on === undefined ? what : `${what} ON ${on}`)

/** Rights in short, for a test to compare: `CREATE SESSION`, `SELECT ON "S"."T" WITH OPTION`. */
export function rightsOf(user: User): string[] {
  return [...user.grants.values()].map((grant) => `${keyOf(grant)}${grant.option ? ' WITH OPTION' : ''}`).toSorted()
}
