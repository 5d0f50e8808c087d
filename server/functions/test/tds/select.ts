import { databaseOf, isSuperuser, type Result, type Session } from './session.ts'
import { type Principal, type Realm, type Row, SECURABLES, type State, same } from './model.ts'
import type { Expression, Select } from './sql.ts'
import { SqlError } from './words.ts'
import type { Value } from './tokens.ts'

/** Queries of the catalog: the views as tables, inner and outer joins, and comparisons. */

interface View {
  readonly columns: readonly string[]
  readonly rows: readonly Row[]
}

export function select(
  state: State,
  session: Session,
  { items, from, where }: Select,
  variables: ReadonlyMap<string, string | null>,
): Result {
  const views = new Map(from.map(({ view, alias }) => [alias.toLowerCase(), viewOf(state, session, view)]))
  if (views.size !== from.length) throw new SqlError(1011, 'The correlation name is specified multiple times.')
  const scope = { state, session, variables, views, aliases: new Map<Expression, string>() }
  let rows: Joined[] = [new Map()]
  for (const { alias, outer, on } of from) {
    const view = views.get(alias.toLowerCase()) as View
    rows = rows.flatMap((row) => {
      const tried = new Map(row)
      const fitting = view.rows.filter(
        (next) => on === undefined || isTrue(on, tried.set(alias.toLowerCase(), next), scope),
      )
      const joined = fitting.length > 0 || !outer ? fitting : [null]
      return joined.map((next) => new Map(row).set(alias.toLowerCase(), next))
    })
  }
  // a column that is not there is found out also when there are no rows
  for (const { expression } of items) worth(expression, nothing(views), scope)
  if (where !== undefined) isTrue(where, nothing(views), scope)
  const kept = where === undefined ? rows : rows.filter((row) => isTrue(where, row, scope))
  return {
    columns: items.map(({ alias }) => alias),
    rows: kept.map((row) => items.map(({ expression }) => worth(expression, row, scope))),
  }
}

type Joined = ReadonlyMap<string, Row | null>

const nothing = (views: ReadonlyMap<string, View>): Joined => new Map([...views.keys()].map((alias) => [alias, null]))

interface Scope {
  readonly state: State
  readonly session: Session
  readonly variables: ReadonlyMap<string, string | null>
  readonly views: ReadonlyMap<string, View>
  /** Whose column an expression is, once that has been looked up. */
  readonly aliases: Map<Expression, string>
}

/** NULL is like nothing. */
function isTrue(expression: Expression, row: Joined, scope: Scope): boolean {
  if (expression.is === 'and') {
    const both = [isTrue(expression.left, row, scope), isTrue(expression.right, row, scope)]
    return both.every(Boolean)
  }
  if (expression.is === 'exists') {
    const { state, session, variables } = scope
    return select(state, session, expression.select, variables).rows.length > 0
  }
  if (expression.is !== '=') throw new SqlError(4145, 'An expression of non-boolean type was specified.', 15)
  const [left, right] = [worth(expression.left, row, scope), worth(expression.right, row, scope)]
  if (left === null || right === null) return false
  if (typeof left === 'string' && typeof right === 'string') return same(left, right)
  if (typeof left !== typeof right) throw new SqlError(245, 'Conversion failed.')
  return left === right
}

function worth(expression: Expression, row: Joined, { state, session, variables, views, aliases }: Scope): Value {
  switch (expression.is) {
    case 'value':
      return expression.value
    case 'variable': {
      if (expression.name.toUpperCase() === '@@VERSION') return state.version
      const value = variables.get(expression.name)
      if (value === undefined) throw new SqlError(137, `Must declare the scalar variable "${expression.name}".`, 15)
      return value
    }
    case 'call':
      if (expression.name === 'DB_NAME' && expression.values.length === 0) return session.database
      if (expression.name === 'HAS_PERMS_BY_NAME' && expression.values.length === 3)
        return Number(isSuperuser(state, session))
      throw new SqlError(195, `'${expression.name}' is not a recognized built-in function name.`, 15)
    case 'column': {
      let alias = aliases.get(expression)
      if (alias === undefined) {
        alias = ownerOf(expression.table, expression.name, views)
        aliases.set(expression, alias)
      }
      return row.get(alias)?.[expression.name] ?? null
    }
    default:
      throw new SqlError(4145, 'An expression of boolean type was not expected.', 15)
  }
}

function ownerOf(table: string | undefined, name: string, views: ReadonlyMap<string, View>): string {
  const having = [...views].filter(
    ([alias, { columns }]) => (table === undefined || alias === table.toLowerCase()) && columns.includes(name),
  )
  const [alias] = having[0] ?? []
  if (alias === undefined || having.length > 1) throw new SqlError(207, `Invalid column name '${name}'.`)
  return alias
}

const PERMISSION = ['class', 'major_id', 'minor_id', 'grantee_principal_id', 'permission_name', 'state']
const MEMBER = ['role_principal_id', 'member_principal_id']
const SERVER_PRINCIPAL = ['principal_id', 'name', 'sid', 'type', 'default_database_name', 'default_language_name']
const SQL_LOGIN = [...SERVER_PRINCIPAL, 'is_policy_checked', 'is_expiration_checked']
const DATABASE_PRINCIPAL = [
  'principal_id',
  'name',
  'sid',
  'type',
  'default_schema_name',
  'authentication_type',
  'default_language_name',
]

function viewOf(state: State, session: Session, name: string): View {
  const database = databaseOf(state, session.database)
  const [schema, view = ''] = name.split('.')
  if (schema !== 'sys') throw new SqlError(208, `Invalid object name '${name}'.`)
  // nobody sees others of the server but who may change them
  const all = isSuperuser(state, session)
  const seen = state.principals.filter(
    (one) => all || one.type === 'R' || (session.login !== undefined && same(one.name, session.login)),
  )
  switch (view) {
    case 'databases':
      return {
        columns: ['name', 'containment'],
        rows: state.databases
          .filter((one) => all || one === database || one.name === 'master')
          .map((one) => ({ name: one.name, containment: one.containment })),
      }
    case 'server_principals':
      return { columns: SERVER_PRINCIPAL, rows: seen.map(serverPrincipal) }
    case 'sql_logins':
      return { columns: SQL_LOGIN, rows: seen.filter(({ type }) => type === 'S').map(serverPrincipal) }
    case 'server_permissions':
      return permissions(state)
    case 'server_role_members':
      return members(state)
    case 'endpoints':
      return { columns: ['endpoint_id', 'name'], rows: state.endpoints }
    case 'database_principals':
      return { columns: DATABASE_PRINCIPAL, rows: database.principals.map(databasePrincipal) }
    case 'triggers':
      return {
        columns: ['name', 'parent_class', 'is_disabled'],
        rows: database.triggers.map(({ name }) => ({ name, parent_class: 0, is_disabled: 0 })),
      }
    case 'database_permissions':
      return permissions(database)
    case 'database_role_members':
      return members(database)
  }
  const columns = Object.hasOwn(SECURABLES, view) ? SECURABLES[view] : undefined
  if (columns === undefined) throw new SqlError(208, `Invalid object name '${name}'.`)
  return { columns, rows: database.securables[view] ?? [] }
}

const permissions = ({ permissions: all }: Realm): View => ({
  columns: PERMISSION,
  // char(1), and the last first: no order is promised
  rows: all.map(({ grantee, ...one }) => ({ ...one, grantee_principal_id: grantee })).toReversed(),
})

const members = ({ members: all }: Realm): View => ({
  columns: MEMBER,
  rows: all.map(([role_principal_id, member_principal_id]) => ({ role_principal_id, member_principal_id })),
})

const serverPrincipal = ({ id, name, sid, type, ...one }: Principal): Row => ({
  principal_id: id,
  name,
  sid,
  type,
  default_database_name: one.database ?? null,
  default_language_name: one.language ?? null,
  is_policy_checked: one.policy ?? false,
  is_expiration_checked: one.expiration ?? false,
})

const databasePrincipal = ({ id, name, sid, type, schema, language, password }: Principal): Row => ({
  principal_id: id,
  name,
  sid,
  type,
  default_schema_name: schema ?? null,
  authentication_type: type === 'R' ? 0 : password === undefined ? 1 : 2,
  default_language_name: language ?? null,
})
