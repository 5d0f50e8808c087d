import type { Database, Grant, User } from './database.ts'
import { verifierOf } from './logon.ts'
import { OraError, Statement } from './sql.ts'

export interface Column {
  readonly name: string
  readonly type: 'varchar' | 'number' | 'date' | 'clob'
}

export interface Result {
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly (string | null)[])[]
}

const NOTHING: Result = { columns: [], rows: [] }

/** Runs a statement as `user`. What it cannot read, and what the user may not do, is an OraError. */
export function execute(database: Database, user: User, text: string, binds: readonly string[]): Result {
  const statement = new Statement(text)
  if (statement.take('SELECT')) return select(database, user, statement, binds)
  if (binds.length > 0) throw new OraError(1027, 'bind variables not allowed for data definition operations')
  if (statement.take('SET TRANSACTION READ ONLY') || statement.take('ROLLBACK')) statement.end()
  else if (statement.take('ALTER USER')) alterUser(database, user, statement)
  else if (statement.take('CREATE USER')) createUser(database, user, statement)
  else if (statement.take('GRANT')) grant(database, user, statement)
  else throw new OraError(900, 'invalid SQL statement')
  return NOTHING
}

function alterUser(database: Database, user: User, statement: Statement): void {
  const name = statement.name()
  if (statement.take('IDENTIFIED BY')) {
    const password = statement.password()
    const replaced = statement.take('REPLACE') ? statement.password() : undefined
    statement.end()
    const others = database.may(user, 'ALTER USER')
    if (name !== user.name && !others) throw new OraError(1031, 'insufficient privileges')
    const target = database.of(name)
    if (!others && database.verifying.has(target.profile) && replaced === undefined)
      throw new OraError(28221, 'REPLACE not specified')
    if (replaced !== undefined && !database.accepts(`"${name}"`, replaced))
      throw new OraError(28008, 'invalid old password')
    target.verifier = verifierOf(password)
    target.authentication = 'PASSWORD'
    if (target.status === 'EXPIRED') target.status = 'OPEN'
    return
  }
  statement.expect('DEFAULT ROLE', new OraError(922, 'missing or invalid option'))
  let roles: User['defaultRoles'] = new Set<string>()
  if (statement.take('ALL')) roles = 'ALL'
  else if (!statement.take('NONE')) {
    do roles.add(statement.name())
    while (statement.take(','))
  }
  statement.end()
  if (!database.may(user, 'ALTER USER')) throw new OraError(1031, 'insufficient privileges')
  const target = database.of(name)
  for (const role of roles === 'ALL' ? [] : roles)
    if (target.grants.get(role)?.role !== true) throw new OraError(1955, `DEFAULT ROLE '${role}' not granted to user`)
  target.defaultRoles = roles
}

function createUser(database: Database, user: User, statement: Statement): void {
  const name = statement.name()
  statement.expect('IDENTIFIED BY', new OraError(1935, 'missing user or role name'))
  const password = statement.password()
  const change: { defaultTablespace?: string; temporaryTablespace?: string; profile?: string } = {}
  const quotas = new Map<string, number>()
  const known = (set: ReadonlySet<string>, number: number, what: string): string => {
    const said = statement.name()
    if (!set.has(said)) throw new OraError(number, `${what} '${said}' does not exist`)
    return said
  }
  while (statement.next !== undefined) {
    if (statement.take('DEFAULT TABLESPACE')) change.defaultTablespace = known(database.tablespaces, 959, 'tablespace')
    else if (statement.take('TEMPORARY TABLESPACE'))
      change.temporaryTablespace = known(database.tablespaces, 959, 'tablespace')
    else if (statement.take('PROFILE')) change.profile = known(database.profiles, 2380, 'profile')
    else if (statement.take('QUOTA')) {
      const bytes = statement.take('UNLIMITED') ? -1 : Number(statement.token('number'))
      statement.expect('ON')
      quotas.set(known(database.tablespaces, 959, 'tablespace'), bytes)
    } else throw new OraError(922, 'missing or invalid option')
  }
  if (!database.may(user, 'CREATE USER')) throw new OraError(1031, 'insufficient privileges')
  if (database.users.has(name) || database.roles.has(name))
    throw new OraError(1920, `user name '${name}' conflicts with another user or role name`)
  database.seed(name, password, { ...change, quotas })
}

/** Kinds of objects that a grant names before the object. */
const KINDS = ['DIRECTORY', 'EDITION', 'MINING MODEL', 'USER']

function grant(database: Database, user: User, statement: Statement): void {
  const whats: { text: string; role: boolean }[] = []
  do {
    if (statement.next?.kind === 'quoted') whats.push({ text: statement.name(), role: true })
    else {
      const words: string[] = []
      while (statement.next?.kind === 'word' && !['ON', 'TO'].includes(statement.next.text))
        words.push(statement.token('word'))
      if (words.length === 0) throw new OraError(990, 'missing or invalid privilege')
      whats.push({ text: words.join(' ') + columns(statement), role: false })
    }
  } while (statement.take(','))
  const on = statement.take('ON') ? object(database, statement) : undefined
  statement.expect('TO', new OraError(987, 'missing or invalid username(s)'))
  const grantee = statement.name()
  const option = statement.take(on === undefined ? 'WITH ADMIN OPTION' : 'WITH GRANT OPTION')
  statement.end()
  for (const { text, role } of whats) {
    if (role && !database.roles.has(text)) throw new OraError(1919, `role '${text}' does not exist`)
    if (role && on !== undefined) throw new OraError(990, 'missing or invalid privilege')
    const needed = role ? 'GRANT ANY ROLE' : on === undefined ? 'GRANT ANY PRIVILEGE' : 'GRANT ANY OBJECT PRIVILEGE'
    if (!database.may(user, needed)) throw new OraError(1031, 'insufficient privileges')
    const given: Grant = { what: text, role, option, ...(on === undefined ? {} : { on }) }
    database.give(grantee, given)
  }
}

function columns(statement: Statement): string {
  if (!statement.take('(')) return ''
  const names: string[] = []
  do names.push(`"${statement.name()}"`)
  while (statement.take(','))
  statement.expect(')')
  return ` (${names.join(', ')})`
}

function object(database: Database, statement: Statement): string {
  const kind = KINDS.find((words) => statement.take(words))
  const names = [statement.name()]
  while (statement.take('.')) names.push(statement.name())
  const text = `${kind === undefined ? '' : `${kind} `}${names.map((name) => `"${name}"`).join('.')}`
  if (!database.objects.has(text)) throw new OraError(942, 'table or view does not exist')
  return text
}

/** `SELECT columns FROM view WHERE column = :bind …`, and the functions that are asked of DUAL. */
function select(database: Database, user: User, statement: Statement, binds: readonly string[]): Result {
  let bound = 0
  const bind = (): string => {
    statement.token('bind')
    const value = binds[bound++]
    if (value === undefined) throw new OraError(1008, 'not all variables bound')
    return value
  }
  if (statement.take('SYSDATE')) {
    dual(statement)
    return { columns: [{ name: 'SYSDATE', type: 'date' }], rows: [['now']] }
  }
  if (statement.take('SYS . DBMS_ASSERT . ENQUOTE_NAME (')) {
    const quoted = enquoted(bind())
    statement.expect(')')
    dual(statement)
    return { columns: [{ name: 'NAME', type: 'varchar' }], rows: [[quoted]] }
  }
  if (statement.take('SYS . DBMS_METADATA . GET_GRANTED_DDL (')) {
    const kind = bind()
    statement.expect(',')
    const name = bind()
    statement.expect(')')
    dual(statement)
    if (name !== user.name && !database.may(user, 'SELECT ANY DICTIONARY'))
      throw new OraError(31603, `object "${name}" of type USER not found in schema`)
    return { columns: [{ name: 'DDL', type: 'clob' }], rows: [[database.grantedDdl(kind, name)]] }
  }
  const wanted: string[] = []
  do wanted.push(statement.name())
  while (statement.take(','))
  statement.expect('FROM', new OraError(923, 'FROM keyword not found where expected'))
  const owner = statement.name()
  statement.expect('.')
  const name = `${owner}.${statement.name()}`
  const rows = view(database, user, name)
  if (name !== 'SYS.SESSION_PRIVS' && !database.may(user, 'SELECT ANY DICTIONARY'))
    throw new OraError(942, 'table or view does not exist')
  const conditions: [string, string][] = []
  if (statement.take('WHERE'))
    do {
      const column = statement.name()
      statement.expect('=')
      conditions.push([column, statement.next?.kind === 'literal' ? statement.token('literal') : bind()])
    } while (statement.take('AND'))
  statement.end()
  const found = rows.filter((row) => conditions.every(([column, value]) => cell(row, column) === value))
  return {
    columns: wanted.map((name) => ({ name, type: name === 'MAX_BYTES' ? 'number' : 'varchar' })),
    rows: found.map((row) => wanted.map((name) => cell(row, name))),
  }
}

function dual(statement: Statement): void {
  statement.expect('FROM', new OraError(923, 'FROM keyword not found where expected'))
  if (!statement.take('SYS . DUAL')) statement.expect('DUAL', new OraError(942, 'table or view does not exist'))
  statement.end()
}

/** DBMS_ASSERT.ENQUOTE_NAME: capitals, unless it is in quotes. Source: PL/SQL Packages and Types Reference. */
function enquoted(name: string): string {
  const inner = /^"(.*)"$/s.exec(name)?.[1]
  const text = inner ?? name.toUpperCase()
  if (text === '' || /"/.test(text.replaceAll('""', ''))) throw new OraError(44003, 'invalid SQL name')
  return `"${text}"`
}

type Row = Readonly<Record<string, string | null>>

function cell(row: Row, column: string): string | null {
  const value = row[column]
  if (value === undefined) throw new OraError(904, `"${column}": invalid identifier`)
  return value
}

/** What the role DBA brings along, as far as anybody asks. */
const DBA = ['CREATE USER', 'ALTER USER', 'GRANT ANY ROLE', 'GRANT ANY PRIVILEGE', 'GRANT ANY OBJECT PRIVILEGE']

function view(database: Database, user: User, name: string): Row[] {
  const users = [...database.users.values()]
  const yes = (flag: boolean) => (flag ? 'YES' : 'NO')
  switch (name) {
    case 'SYS.SESSION_PRIVS':
      return [...user.grants.keys(), ...(user.grants.has('DBA') ? DBA : [])].map((privilege) => ({
        PRIVILEGE: privilege,
      }))
    case 'SYS.DBA_USERS':
      return users.map((user) => ({
        USERNAME: user.name,
        ACCOUNT_STATUS: user.status,
        DEFAULT_TABLESPACE: user.defaultTablespace,
        TEMPORARY_TABLESPACE: user.temporaryTablespace,
        PROFILE: user.profile,
        AUTHENTICATION_TYPE: user.authentication,
        ORACLE_MAINTAINED: user.maintained ? 'Y' : 'N',
      }))
    case 'SYS.V_$PWFILE_USERS':
      return users.filter(({ administers }) => administers).map((user) => ({ USERNAME: user.name, SYSDBA: 'TRUE' }))
    case 'SYS.DBA_PROXIES':
      return users.flatMap((user) => [...user.proxyFor].map((client) => ({ PROXY: user.name, CLIENT: client })))
    case 'SYS.DBA_TS_QUOTAS':
      return users.flatMap((user) =>
        [...user.quotas].map(([tablespace, bytes]) => ({
          USERNAME: user.name,
          TABLESPACE_NAME: tablespace,
          MAX_BYTES: String(bytes),
          DROPPED: 'NO',
        })),
      )
    case 'SYS.DBA_ROLE_PRIVS':
      return users.flatMap((user) =>
        [...user.grants.values()]
          .filter(({ role }) => role)
          .map(({ what, option }) => ({
            GRANTEE: user.name,
            GRANTED_ROLE: what,
            ADMIN_OPTION: yes(option),
            DEFAULT_ROLE: yes(user.defaultRoles === 'ALL' || user.defaultRoles.has(what)),
          })),
      )
    default:
      throw new OraError(942, 'table or view does not exist')
  }
}
