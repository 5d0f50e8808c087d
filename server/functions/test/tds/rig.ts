import { Secret } from '#kernel/values/bytes'
import type { DatabaseSecret } from '../../function.ts'
import { logIn } from './login.ts'
import { add, type Database, database, hashed, type Permission, type Principal, permit, type Realm } from './model.ts'
import { SA_PASSWORD, type TdsServer } from './server.ts'
import { SqlError } from './words.ts'

/** What tests ask of the server in small, beside what goes over the wire. */

/** A login with this password. */
export function newLogin(
  { state }: TdsServer,
  name: string,
  password: string,
  more: Partial<Principal> = {},
): Principal {
  return add(state, { name, type: 'S', database: 'master', ...more, password: hashed(password) })
}

export function newDatabase({ state }: TdsServer, name: string, containment = 0): Database {
  const made = database(name, containment)
  state.databases.push(made)
  return made
}

/** The database as it is now: a transaction that was committed has put another one there. */
export function databaseNow({ state }: TdsServer, name: string): Database {
  const found = state.databases.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no database ${name}`)
  return found
}

/** Whether this user gets in. */
export function accepts({ state }: TdsServer, user: string, password: string, database = 'master'): boolean {
  try {
    logIn(state, { user, password, database })
    return true
  } catch (error) {
    if (error instanceof SqlError && error.number === 18456) return false
    throw error
  }
}

/** Roles and permissions of a principal, to compare: `role db_owner`, `G 1/7/2 SELECT`. */
export function standingOf(realm: Realm, name: string): string[] {
  const id = realm.principals.find((one) => one.name === name)?.id
  if (id === undefined) throw new Error(`no principal ${name}`)
  const roles = realm.members.filter(([, member]) => member === id).map(([role]) => `role ${role}`)
  const permissions = realm.permissions
    .filter(({ grantee }) => grantee === id)
    .map(
      ({ class: on, major_id, minor_id, permission_name, state }) =>
        `${state} ${on}/${major_id}/${minor_id} ${permission_name}`,
    )
  return [...roles, ...permissions].toSorted()
}

/** Gives a permission, as a row of the catalog: state, class, ids, name. */
export function given(
  realm: Realm,
  to: Principal,
  state: string,
  on: number,
  permission_name: string,
  major_id = 0,
  minor_id = 0,
): void {
  permit(realm, to, { class: on, major_id, minor_id, permission_name, state } satisfies Omit<Permission, 'grantee'>)
}

type Changes = Partial<Omit<DatabaseSecret, 'password'>>

export const secretOf = (
  server: TdsServer,
  username: string,
  password: string,
  changes: Changes = {},
): DatabaseSecret => ({
  engine: 'sqlserver',
  host: '127.0.0.1',
  port: server.port,
  username,
  password: new Secret(password),
  tls: 'try',
  ...changes,
})

export const saOf = (server: TdsServer, changes: Changes = {}) => secretOf(server, 'sa', SA_PASSWORD, changes)
