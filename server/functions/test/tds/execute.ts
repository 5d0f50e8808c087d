import {
  add,
  checkPolicy,
  type Database,
  find,
  hashed,
  isPassword,
  type Principal,
  permit,
  type Realm,
  SECURABLES,
  type State,
  same,
} from './model.ts'
import { databaseOf, isOwner, isSuperuser, type Result, type Session } from './session.ts'
import { select } from './select.ts'
import { type Account, type Membership, type Permit, parse } from './sql.ts'
import { SqlError } from './words.ts'

type Variables = ReadonlyMap<string, string | null>

/** Does what a statement says. Throws SqlError with the numbers of SQL Server. */
export function execute(state: State, session: Session, sql: string, values: Variables): Result | undefined {
  const statement = parse(sql)
  switch (statement.is) {
    case 'select':
      return select(state, session, statement, values)
    case 'set':
      return undefined
    case 'as':
      return changeContext(state, session, statement.user)
    case 'use':
      if (session.as !== undefined)
        throw new SqlError(
          916,
          'The server principal is not able to access the database under the current security context.',
        )
      session.database = databaseOf(state, statement.database).name
      return undefined
    case 'create':
      return create(state, session, statement)
    case 'alter':
      return alter(state, session, statement)
    case 'member':
      return addMember(state, session, statement)
    case 'permit':
      return changePermission(state, session, statement)
  }
}

function changeContext(state: State, session: Session, user: string | undefined): undefined {
  const { ownerless, principals } = ownDatabase(state, session)
  if (user !== undefined) {
    const there = principals.some(({ name }) => name === user)
    if (!there || (ownerless && user === 'dbo') || !isSuperuser(state, session))
      throw new SqlError(
        15517,
        `Cannot execute as the database principal because the principal "${user}" does not exist.`,
      )
  }
  session.as = user
}

/** Triggers of the database. */
function setOff(state: State, session: Session): void {
  for (const { login } of ownDatabase(state, session).triggers) {
    const id = find(state, login)?.id
    if (id !== undefined && isSuperuser(state, session)) state.members.push([find(state, 'sysadmin')?.id as number, id])
  }
}

const ownDatabase = (state: State, { database }: Session) => databaseOf(state, database)

function create(state: State, session: Session, { what, name, login, options }: Account): undefined {
  if (!(what === 'LOGIN' ? isSuperuser : isOwner)(state, session))
    throw new SqlError(15247, 'User does not have permission to perform this action.')
  const realm = what === 'LOGIN' ? state : ownDatabase(state, session)
  if (login !== undefined) {
    const of = find(state, login)
    if (what !== 'USER' || of === undefined)
      throw new SqlError(15007, `'${login}' is not a valid login or you do not have permission.`)
    if ((realm as Realm).principals.some(({ sid }) => sid === of.sid))
      throw new SqlError(15063, 'The login already has an account under a different user name.')
    add(realm, { name, type: 'S', sid: of.sid, schema: options.get('DEFAULT_SCHEMA') ?? 'dbo' })
    setOff(state, session)
    return
  }
  if (what === 'USER' && ownDatabase(state, session).containment === 0)
    throw new SqlError(33233, 'You can only create a user with a password in a contained database.')
  const policy = what === 'USER' || options.get('CHECK_POLICY') !== 'OFF'
  const password = passwordOf(options, policy)
  const database = options.get('DEFAULT_DATABASE')
  const language = options.get('DEFAULT_LANGUAGE')
  const expiration = options.get('CHECK_EXPIRATION') === 'ON'
  const made = { name, type: 'S', password, ...(language === undefined ? {} : { language }) } as const
  if (what === 'USER') {
    add(realm, { ...made, schema: options.get('DEFAULT_SCHEMA') ?? 'dbo' })
    setOff(state, session)
  } else add(realm, { ...made, database: database ?? 'master', policy, expiration })
}

function passwordOf(options: ReadonlyMap<string, string>, policy: boolean | undefined): string {
  const password = options.get('PASSWORD')
  if (password === undefined) throw new SqlError(102, "Incorrect syntax near 'WITH'.", 15)
  if (policy === true) checkPolicy(password)
  return hashed(password)
}

function alter(state: State, session: Session, { what, name, login, options }: Account): undefined {
  if (login !== undefined) throw new SqlError(102, "Incorrect syntax near 'FOR'.", 15)
  const isLogin = what === 'LOGIN'
  const principal = find(isLogin ? state : ownDatabase(state, session), name)
  const isSelf = isLogin
    ? session.login !== undefined && same(session.login, name)
    : session.login === undefined && same(session.user, name)
  const old = options.get('OLD_PASSWORD')
  const may =
    principal !== undefined &&
    ((isLogin ? isSuperuser : isOwner)(state, session) || (isSelf && old !== undefined && isPassword(principal, old)))
  if (principal === undefined || !may || principal.type !== 'S')
    throw new SqlError(
      15151,
      `Cannot alter the ${what.toLowerCase()} '${name}', because it does not exist or you do not have permission.`,
    )
  if (principal.password === undefined)
    throw new SqlError(
      33234,
      'The parameter PASSWORD cannot be provided for users that cannot authenticate in a database.',
    )
  principal.password = passwordOf(options, isLogin ? principal.policy : true)
  if (!isLogin) setOff(state, session)
  if (principal.barred === 'must change' || principal.barred === 'expired') delete principal.barred
}

function addMember(state: State, session: Session, { server, role, member }: Membership): undefined {
  const realm = server ? state : ownDatabase(state, session)
  const to = find(realm, role)
  if (to?.type !== 'R' || !(server ? isSuperuser : isOwner)(state, session))
    throw new SqlError(
      15151,
      `Cannot alter the role '${role}', because it does not exist or you do not have permission.`,
    )
  realm.members.push([to.id, grantee(realm, member).id])
  if (!server) setOff(state, session)
}

function grantee(realm: Realm, name: string): Principal {
  const found = find(realm, name)
  if (found === undefined)
    throw new SqlError(
      15151,
      `Cannot find the user '${name}', because it does not exist or you do not have permission.`,
    )
  if (found.id === 1) throw new SqlError(4617, 'Cannot grant, deny or revoke permissions to or from special roles.')
  return found
}

function changePermission(state: State, session: Session, statement: Permit): undefined {
  const { verb, permission, column, to, grantOption } = statement
  const inDatabase = ownDatabase(state, session)
  const ofServer = SERVER_PERMISSIONS.includes(permission) || SERVER_CLASSES[statement.securable] !== undefined
  if (ofServer && inDatabase.name !== 'master')
    throw new SqlError(4621, 'Permissions at the server scope can only be granted when the current database is master')
  if (!(ofServer ? isSuperuser : isOwner)(state, session))
    throw new SqlError(4613, 'Grantor does not have GRANT permission.')
  const realm = ofServer ? state : inDatabase
  const on = ofServer ? serverSecurable(state, statement) : securable(inDatabase, statement)
  const minor_id = column === undefined ? 0 : columnOf(inDatabase, on.major_id, column)
  const stateOf = verb === 'GRANT' ? (grantOption ? 'W' : 'G') : verb === 'DENY' ? 'D' : 'R'
  permit(realm, grantee(realm, to), { ...on, minor_id, permission_name: permission, state: stateOf })
  if (!ofServer) setOff(state, session)
}

/** Permissions that are of the server when nothing is said of what they are on. */
const SERVER_PERMISSIONS = ['CONNECT SQL', 'VIEW SERVER STATE', 'ALTER ANY LOGIN', 'ALTER TRACE', 'VIEW ANY DATABASE']
const SERVER_CLASSES: Readonly<Record<string, number>> = { LOGIN: 101, 'SERVER ROLE': 101, ENDPOINT: 105 }

const notFound = (kind: string, name: string) =>
  new SqlError(
    15151,
    `Cannot find the ${kind.toLowerCase()} '${name}', because it does not exist or you do not have permission.`,
  )

interface On {
  readonly class: number
  readonly major_id: number
}

function serverSecurable(state: State, { securable: kind, names: [name = ''] }: Permit): On {
  if (kind === '') return { class: 100, major_id: 0 }
  const found =
    kind === 'ENDPOINT'
      ? state.endpoints.find((one) => same(String(one.name), name))?.endpoint_id
      : state.principals.find((one) => same(one.name, name) && (one.type === 'R') === (kind === 'SERVER ROLE'))?.id
  if (found === undefined) throw notFound(kind, name)
  return { class: SERVER_CLASSES[kind] as number, major_id: Number(found) }
}

/** Class, view, and whether its names stand in a schema. */
const CLASSES: Readonly<Record<string, readonly [number, string, boolean]>> = {
  OBJECT: [1, 'all_objects', true],
  SCHEMA: [3, 'schemas', false],
  ASSEMBLY: [5, 'assemblies', false],
  TYPE: [6, 'types', true],
  'XML SCHEMA COLLECTION': [10, 'xml_schema_collections', true],
  'MESSAGE TYPE': [15, 'service_message_types', false],
  CONTRACT: [16, 'service_contracts', false],
  SERVICE: [17, 'services', false],
  'REMOTE SERVICE BINDING': [18, 'remote_service_bindings', false],
  ROUTE: [19, 'routes', false],
  'FULLTEXT CATALOG': [23, 'fulltext_catalogs', false],
  'SYMMETRIC KEY': [24, 'symmetric_keys', false],
  CERTIFICATE: [25, 'certificates', false],
  'ASYMMETRIC KEY': [26, 'asymmetric_keys', false],
}
const PRINCIPALS: Readonly<Record<string, string>> = { USER: 'S', ROLE: 'R', 'APPLICATION ROLE': 'A' }

function securable(database: Database, { securable: kind, names }: Permit): On {
  if (kind === '') return { class: 0, major_id: 0 }
  const type = PRINCIPALS[kind]
  if (type !== undefined && names.length === 1) {
    const found = database.principals.find((one) => one.type === type && same(one.name, names[0] as string))
    if (found === undefined) throw notFound(kind, names[0] as string)
    return { class: 4, major_id: found.id }
  }
  const [number, view, inSchema] = CLASSES[kind] ?? []
  if (number === undefined || names.length !== (inSchema ? 2 : 1))
    throw new SqlError(102, `Incorrect syntax near '${kind}'.`, 15)
  const rows = database.securables[view as string] ?? []
  const schema = database.securables.schemas?.find((one) => same(String(one.name), names[0] as string))?.schema_id
  const found = rows.find(
    (one) => same(String(one.name), names.at(-1) as string) && (!inSchema || one.schema_id === schema),
  )
  if (found === undefined) throw notFound(kind, names.join('.'))
  return { class: number, major_id: Number(found[SECURABLES[view as string]?.[0] as string]) }
}

function columnOf({ securables }: Database, object: number, name: string): number {
  const found = securables.all_columns?.find((one) => one.object_id === object && same(String(one.name), name))
  if (found === undefined) throw new SqlError(1911, `Column name '${name}' does not exist in the target table or view.`)
  return Number(found.column_id)
}
