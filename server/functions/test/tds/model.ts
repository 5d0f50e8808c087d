import { createHash, randomBytes } from 'node:crypto'
import { SqlError } from './words.ts'
import type { Value } from './tokens.ts'

/** What a SQL Server keeps of principals and permissions, in small. Plain values only: a transaction works on a copy of it. */

export interface Principal {
  readonly id: number
  readonly name: string
  sid: string
  /** S: SQL login or user, R: role, A: application role, U: of Windows. */
  readonly type: 'S' | 'R' | 'A' | 'U'
  /** Salt and hash; of logins and of users of contained databases. */
  password?: string
  readonly database?: string
  readonly language?: string
  readonly schema?: string
  policy?: boolean
  expiration?: boolean
  /** Why it is not let in, although the password is right. */
  barred?: 'locked' | 'expired' | 'must change' | 'disabled'
}

export interface Permission {
  readonly class: number
  readonly major_id: number
  readonly minor_id: number
  readonly permission_name: string
  state: string
  readonly grantee: number
}

/** Role and member, by id. */
export type Membership = readonly [number, number]

/** Principals, and what they may: of the server, or of a database. */
export interface Realm {
  principals: Principal[]
  members: Membership[]
  permissions: Permission[]
}

export type Row = Readonly<Record<string, Value>>

export interface Database extends Realm {
  readonly name: string
  readonly containment: number
  /** Catalog views that hold what permissions can be on: `all_objects`, `schemas` … */
  readonly securables: Record<string, Row[]>
  /** Run when users, roles or permissions change, with the rights of who does that: they try to make a login a superuser. */
  triggers: { readonly name: string; readonly login: string }[]
  /** The login that owned it is gone. */
  ownerless: boolean
}

export interface State extends Realm {
  readonly version: string
  readonly databases: Database[]
  endpoints: Row[]
}

/** Names are the same without regard to case, and to blanks at the end: the collation that servers come with. */
export const same = (a: string, b: string) => a.trimEnd().toLowerCase() === b.trimEnd().toLowerCase()

export const find = ({ principals }: Realm, name: string) => principals.find((one) => same(one.name, name))

export function hashed(password: string, salt = randomBytes(8).toString('hex')): string {
  return `${salt}:${createHash('sha256').update(`${salt}:${password}`).digest('hex')}`
}

export const isPassword = ({ password }: Principal, tried: string) =>
  password !== undefined && hashed(tried, password.split(':')[0]) === password

/** The policy that Windows comes with: eight characters, of three kinds. */
export function checkPolicy(password: string): void {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) => kind.test(password)).length
  if (password.length < 8 || kinds < 3)
    throw new SqlError(
      15118,
      'Password validation failed. The password does not meet the operating system policy requirements because it is not complex enough.',
    )
}

const sid = () => randomBytes(16).toString('hex')
const nextId = ({ principals }: Realm) => Math.max(256, ...principals.map(({ id }) => id)) + 1

/** Adds a principal, who may connect. */
export function add(realm: Realm, made: Omit<Principal, 'id' | 'sid'> & { sid?: string }): Principal {
  if (find(realm, made.name) !== undefined) {
    const [number, what] = 'databases' in realm ? [15025, 'server principal'] : [15023, 'user, group, or role']
    throw new SqlError(number, `The ${what} '${made.name}' already exists.`)
  }
  const principal: Principal = { sid: sid(), ...made, id: nextId(realm) }
  realm.principals.push(principal)
  if (made.type === 'S') {
    const isServer = 'databases' in realm
    permit(realm, principal, {
      class: isServer ? 100 : 0,
      major_id: 0,
      minor_id: 0,
      permission_name: isServer ? 'CONNECT SQL' : 'CONNECT',
      state: 'G',
    })
  }
  return principal
}

/** What GRANT, DENY and REVOKE (state R) do. */
export function permit(realm: Realm, { id }: Principal, row: Omit<Permission, 'grantee'>): void {
  const isSame = (one: Permission, minor: number) =>
    one.grantee === id &&
    one.class === row.class &&
    one.major_id === row.major_id &&
    one.minor_id === minor &&
    one.permission_name === row.permission_name
  const before = realm.permissions.find((one) => isSame(one, row.minor_id))
  if (before?.state === 'W' && row.state === 'D')
    throw new SqlError(4611, 'To revoke or deny grantable privileges, specify the CASCADE option.')
  const state = before?.state === 'W' && row.state === 'G' ? 'W' : row.state
  // what is said of a table undoes what was said of its columns
  realm.permissions = realm.permissions.filter(
    (one) => !isSame(one, row.minor_id) && !(row.minor_id === 0 && row.class === 1 && isSame(one, one.minor_id)),
  )
  const ofTable = realm.permissions.some((one) => isSame(one, 0))
  if (state !== 'R' || (row.minor_id !== 0 && ofTable)) realm.permissions.push({ ...row, state, grantee: id })
}

const FIXED_SERVER_ROLES = ['sysadmin', 'securityadmin', 'processadmin', 'setupadmin']
const FIXED_ROLES = ['db_owner', 'db_accessadmin', 'db_securityadmin', 'db_ddladmin', 'db_datareader', 'db_datawriter']

/** Views of a database that list what permissions can be on: their columns; the first is the id, the second the name. */
export const SECURABLES: Readonly<Record<string, readonly string[]>> = {
  schemas: ['schema_id', 'name'],
  all_objects: ['object_id', 'name', 'schema_id'],
  all_columns: ['column_id', 'name', 'object_id'],
  assemblies: ['assembly_id', 'name'],
  types: ['user_type_id', 'name', 'schema_id'],
  xml_schema_collections: ['xml_collection_id', 'name', 'schema_id'],
  service_message_types: ['message_type_id', 'name'],
  service_contracts: ['service_contract_id', 'name'],
  services: ['service_id', 'name'],
  remote_service_bindings: ['remote_service_binding_id', 'name'],
  routes: ['route_id', 'name'],
  fulltext_catalogs: ['fulltext_catalog_id', 'name'],
  symmetric_keys: ['symmetric_key_id', 'name'],
  certificates: ['certificate_id', 'name'],
  asymmetric_keys: ['asymmetric_key_id', 'name'],
}

export function database(name: string, containment = 0): Database {
  const made: Database = {
    name,
    containment,
    principals: [],
    members: [],
    permissions: [],
    triggers: [],
    ownerless: false,
    securables: Object.fromEntries(Object.keys(SECURABLES).map((view) => [view, []])),
  }
  made.principals.push({ id: 1, name: 'dbo', sid: '01', type: 'S', schema: 'dbo' })
  for (const role of FIXED_ROLES) add(made, { name: role, type: 'R' })
  made.securables.schemas?.push({ schema_id: 1, name: 'dbo' })
  return made
}

/** A server with `sa` and its password. */
export function newState(version: string, saPassword: string): State {
  const state: State = {
    version,
    principals: [],
    members: [],
    permissions: [],
    databases: [database('master')],
    endpoints: [],
  }
  state.principals.push({ id: 1, name: 'sa', sid: '01', type: 'S', password: hashed(saPassword), database: 'master' })
  for (const role of FIXED_SERVER_ROLES) add(state, { name: role, type: 'R' })
  state.members.push([find(state, 'sysadmin')?.id as number, 1])
  return state
}

export const rolesOf = ({ members, principals }: Realm, { id }: Principal): string[] =>
  members
    .filter(([, member]) => member === id)
    .map(([role]) => principals.find((one) => one.id === role)?.name as string)
