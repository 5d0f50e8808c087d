import { type Database, find, rolesOf, type State, same } from './model.ts'
import type { Value } from './tokens.ts'
import { SqlError } from './words.ts'

/** Who is logged in, and where. */
export interface Session {
  /** A login of the server, or undefined for a user of a contained database. */
  readonly login: string | undefined
  readonly user: string
  database: string
  /** The user of the database whose rights it has by EXECUTE AS, and no others. */
  as?: string | undefined
}

export interface Result {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Value[])[]
}

export function databaseOf({ databases }: State, name: string): Database {
  const found = databases.find((one) => same(one.name, name))
  if (found === undefined)
    throw new SqlError(911, `Database '${name}' does not exist. Make sure that the name is entered correctly.`)
  return found
}

export function isSuperuser(state: State, { login, as }: Session): boolean {
  if (as !== undefined) return false
  const principal = login === undefined ? undefined : find(state, login)
  return principal !== undefined && rolesOf(state, principal).includes('sysadmin')
}

/** Whether it may change users and permissions of the database that it is in. */
export const isOwner = (state: State, session: Session) => session.as === 'dbo' || isSuperuser(state, session)
