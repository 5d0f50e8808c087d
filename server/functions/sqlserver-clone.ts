import { Secret } from '#kernel/values/bytes'
import { type Finding, FunctionFault } from './function.ts'
import {
  beyond,
  DATABASE_RIGHTS,
  DATABASE_ROLES,
  databaseRights,
  give,
  lacking,
  type Right,
  type Row,
  SERVER_RIGHTS,
  SERVER_ROLES,
  serverRights,
} from './sqlserver-rights.ts'
import {
  createContainedUser,
  createLogin,
  createUser,
  identifier,
  LONGEST,
  otherName,
  setPassword,
} from './sqlserver-text.ts'

/** A second user with the rights of the first. All of it happens in one transaction. Source: rotation.md 8.6, 8.7. */

/** How the server is asked and told. */
export interface Statements {
  /** `@name` in it stands for the value `name`. */
  ask(sql: string, values?: Readonly<Record<string, string>>): Promise<readonly Row[]>
  /** `secrets`: what stands in it. */
  run(sql: string, secrets?: readonly Secret[]): Promise<void>
  /** Nothing is done: it can't be looked at afterwards. */
  readonly plans?: boolean
}

/** The database of a session. */
export interface Place {
  readonly database: string
  /** Users may have passwords of their own, and no login. */
  readonly contained: boolean
}

/** Where a session is. */
export async function placeOf(wire: Statements): Promise<Place> {
  const [{ version, name } = {}] = await wire.ask('SELECT @@VERSION AS version, DB_NAME() AS name')
  if (typeof version !== 'string' || typeof name !== 'string')
    throw new FunctionFault('the server does not say what it is and which database this is')
  // these know no contained databases, and their sys.databases has no such column
  if (/^Microsoft SQL Server 200\d\b/.test(version)) return { database: name, contained: false }
  const [database] = await wire.ask('SELECT containment FROM sys.databases WHERE name = @name', { name })
  if (typeof database?.containment !== 'number') throw new FunctionFault('the server does not show its own database')
  return { database: name, contained: database.containment !== 0 }
}

/** authentication_type of sys.database_principals: by a password that the database keeps. */
const BY_DATABASE = 2

const USER = `SELECT name, authentication_type, default_schema_name, default_language_name
FROM sys.database_principals WHERE name = @name`

/** Whether it is a user of a contained database that logs in with a password of its own. */
export async function isContained(wire: Statements, { contained }: Place, name: string): Promise<boolean> {
  if (!contained) return false
  const [user] = await wire.ask(USER, { name })
  return user?.authentication_type === BY_DATABASE
}

/**
 * The superuser with no rights beyond the database. Triggers of the database run with the rights of whoever sets them off, and
 * the user that is cloned may have written them. They can't undo this. Source: Manage Trigger Security; EXECUTE AS, REVERT.
 */
const AS_OWNER = "EXECUTE AS USER = N'dbo'"
const AS_ONESELF = 'REVERT'

/** Whether the superuser may be limited to the database. Not where the owner of the database is gone. To ask before a transaction. */
export async function canBeLimited(wire: Statements): Promise<boolean> {
  try {
    await wire.run(AS_OWNER)
  } catch (error) {
    if (error instanceof FunctionFault && error.type === 'DatabaseError') return false
    throw error
  }
  await wire.run(AS_ONESELF)
  return true
}

/** Makes the clone if it is missing, gives it what rights it lacks, and sets its password. `limited`: see `canBeLimited`. */
export async function setClone(
  wire: Statements,
  original: string,
  clone: string,
  password: Secret,
  limited: boolean,
): Promise<void> {
  const place = await placeOf(wire)
  const inside = inDatabase(limited)
  if (await isContained(wire, place, original)) await cloneUser(wire, inside, original, clone, password)
  else await cloneLogin(wire, place, inside, original, clone, password)
}

const MAY_CHANGE_LOGINS = "SELECT HAS_PERMS_BY_NAME(NULL, NULL, N'ALTER ANY LOGIN') AS may"
const MAY_CHANGE_USERS = "SELECT HAS_PERMS_BY_NAME(DB_NAME(), N'DATABASE', N'ALTER ANY USER') AS may"

/** What `setClone` would do, without doing it. Throws what it would throw before it does anything. */
export async function examine(wire: Statements, original: string, clone: string): Promise<readonly Finding[]> {
  const contained = await isContained(wire, await placeOf(wire), original)
  const [{ may } = {}] = await wire.ask(contained ? MAY_CHANGE_USERS : MAY_CHANGE_LOGINS)
  const right = contained ? 'ALTER ANY USER' : 'ALTER ANY LOGIN'
  const found: Finding[] = []
  if (may !== 1) found.push({ state: 'wrong', what: `the superuser may not make or change users: it lacks ${right}` })
  const planned: string[] = []
  const plan: Statements = {
    plans: true,
    ask: (sql, values) => wire.ask(sql, values),
    run: async (sql) => void planned.push(sql),
  }
  await setClone(plan, original, clone, new Secret('of no account'), await canBeLimited(wire))
  const rights = planned.filter((sql) => /^(GRANT|DENY|REVOKE|ALTER (SERVER )?ROLE) /.test(sql)).length
  const what = contained ? 'user' : 'login'
  const does = planned.some((sql) => /^ALTER (LOGIN|USER) /.test(sql))
    ? `is there, would get a password and ${rights} more roles and permissions`
    : `would be made with ${rights} roles and permissions`
  return [...found, { state: 'ok', what: `the ${what} ${clone} ${does}` }]
}

async function cloneUser(
  wire: Statements,
  inside: Level,
  original: string,
  clone: string,
  password: Secret,
): Promise<void> {
  const [from] = await wire.ask(USER, { name: original })
  const [there] = await wire.ask(USER, { name: clone })
  if (there !== undefined && there.authentication_type !== BY_DATABASE)
    throw new FunctionFault(`${clone} is there, but is no user of the database with a password of its own`)
  const made = { schema: textOf(from?.default_schema_name), language: textOf(from?.default_language_name) }
  if (there === undefined)
    await inside.where(wire, () => wire.run(createContainedUser(clone, password, made), [password]))
  await copy(wire, inside, original, clone, there === undefined)
  if (there !== undefined) await inside.where(wire, () => wire.run(setPassword('USER', clone, password), [password]))
}

const LOGIN = `SELECT name, default_database_name, default_language_name, is_policy_checked, is_expiration_checked
FROM sys.sql_logins WHERE name = @name`

async function cloneLogin(
  wire: Statements,
  place: Place,
  inside: Level,
  original: string,
  clone: string,
  password: Secret,
): Promise<void> {
  const [from] = await wire.ask(LOGIN, { name: original })
  if (from === undefined)
    throw new FunctionFault('the current user is no login with a password that the superuser sees')
  const [there] = await wire.ask(LOGIN, { name: clone })
  if (there === undefined) {
    const like = {
      database: textOf(from.default_database_name),
      language: textOf(from.default_language_name),
      policy: from.is_policy_checked === true,
      expiration: from.is_expiration_checked === true,
    }
    await wire.run(createLogin(clone, password, like), [password])
  }
  await copy(wire, onServer(place), original, clone, there === undefined)
  // users of logins are not made in master
  if (place.database !== 'master') await cloneUserOfLogin(wire, inside, original, clone)
  if (there !== undefined) await wire.run(setPassword('LOGIN', clone, password), [password])
}

/** A user may have another name than its login: the SID is what they share. */
const USER_OF_LOGIN = `SELECT u.name, u.default_schema_name
FROM sys.database_principals AS u JOIN sys.server_principals AS l ON l.sid = u.sid
WHERE l.name = @name`

async function cloneUserOfLogin(wire: Statements, inside: Level, original: string, clone: string): Promise<void> {
  const [from] = await wire.ask(USER_OF_LOGIN, { name: original })
  const [there] = await wire.ask(USER_OF_LOGIN, { name: clone })
  if (from === undefined) {
    if (there !== undefined) throw moreRights(clone, original, ['a user in this database'])
    // comes in by a role of the server, or as guest: so does the clone
    return
  }
  const user = String(from.name)
  if (user === 'dbo')
    throw new FunctionFault(`${original} owns the database: ownership cannot be cloned. Let another login own it`)
  if (there !== undefined) return await copy(wire, inside, user, String(there.name), false)
  const other = otherName(user)
  if (other.length > LONGEST)
    throw new FunctionFault(
      `Unable to clone user, username length with _clone appended would exceed ${LONGEST} characters`,
    )
  const [taken] = await wire.ask('SELECT name FROM sys.database_principals WHERE name = @name', { name: other })
  if (taken !== undefined) throw new FunctionFault(`the user ${other} of the database is not one of the login ${clone}`)
  const made = createUser(other, clone, { schema: textOf(from.default_schema_name) })
  await inside.where(wire, () => wire.run(made))
  await copy(wire, inside, user, other, true)
}

/** Where rights are given: to logins of the server, or to users of the database. */
interface Level {
  readonly roles: string
  readonly rights: string
  readonly role: 'ROLE' | 'SERVER ROLE'
  read(rows: readonly Row[]): Right[]
  /** Does what gives rights, in a database where that can be done. */
  where(wire: Statements, act: () => Promise<void>): Promise<void>
}

const TRIGGERS = 'SELECT name FROM sys.triggers WHERE parent_class = 0 AND is_disabled = 0'

const inDatabase = (limited: boolean): Level => ({
  roles: DATABASE_ROLES,
  rights: DATABASE_RIGHTS,
  role: 'ROLE',
  read: databaseRights,
  async where(wire, act) {
    const triggers = limited ? [] : await wire.ask(TRIGGERS)
    if (triggers.length > 0)
      throw new FunctionFault(
        `the database has triggers (${triggers.map(({ name }) => name).join(', ')}) that would run with all rights of the ` +
          'superuser, who cannot be limited to the database: the superuser may not act as dbo, or the database has no valid owner',
      )
    if (limited) await wire.run(AS_OWNER)
    await act()
    if (limited) await wire.run(AS_ONESELF)
  },
})

/** Rights on the server are given in master only. */
const onServer = ({ database }: Place): Level => ({
  roles: SERVER_ROLES,
  rights: SERVER_RIGHTS,
  role: 'SERVER ROLE',
  read: serverRights,
  async where(wire, act) {
    if (database === 'master') return await act()
    await wire.run('USE [master]')
    await act()
    await wire.run(`USE ${identifier(database)}`)
  },
})

async function copy(wire: Statements, level: Level, from: string, to: string, isNew: boolean): Promise<void> {
  const wanted = await standing(wire, level, from)
  const present = await standing(wire, level, to)
  // who may log in as x_clone must not have the superuser hand him an x that may do more
  const more = [
    ...present.roles.filter((role) => !wanted.roles.includes(role)),
    ...beyond(present.rights, wanted.rights).map(({ text }) => text),
  ]
  if (more.length > 0 && !isNew) throw moreRights(to, from, more)
  const statements = missing(level, wanted, present, to)
  if (statements.length === 0) return
  await level.where(wire, async () => {
    for (const statement of statements) await wire.run(statement)
  })
  if (wire.plans) return
  if (missing(level, wanted, await standing(wire, level, to), to).length > 0)
    throw new FunctionFault('not all rights of the current user could be given to its clone')
}

interface Standing {
  readonly roles: readonly string[]
  readonly rights: readonly Right[]
}

async function standing(wire: Statements, { roles, rights, read }: Level, name: string): Promise<Standing> {
  const members = await wire.ask(roles, { name })
  return { roles: members.map((row) => String(row.name)), rights: read(await wire.ask(rights, { name })) }
}

function missing({ role }: Level, wanted: Standing, present: Standing, to: string): string[] {
  const roles = wanted.roles.filter((name) => !present.roles.includes(name))
  return [
    ...roles.map((name) => `ALTER ${role} ${identifier(name)} ADD MEMBER ${identifier(to)}`),
    ...lacking(wanted.rights, present.rights).map((right) => give(right, to)),
  ]
}

const moreRights = (clone: string, original: string, what: readonly string[]) =>
  new FunctionFault(`Attempting to modify user ${clone}, which has rights that ${original} lacks: ${what.join(', ')}`)

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
