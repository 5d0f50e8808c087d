import { FunctionFault } from './function.ts'
import { identifier } from './sqlserver-text.ts'

/**
 * Permissions of SQL Server: rows of its catalog to statements that give the same to another principal. Pure.
 * Source: rotation.md 8.6, 8.7; sys.database_permissions, sys.server_permissions and GRANT of Transact-SQL.
 */

/** A row of the catalog, by the names of its columns. */
export type Row = Readonly<Record<string, string | number | boolean | null>>

/** Granted, with the right to hand it on, denied, or (a column of a table that is granted) taken out. */
type State = 'G' | 'W' | 'D' | 'R'

/** One permission of one principal. */
export interface Right {
  /** `SELECT ON OBJECT::[dbo].[orders] ([price])`: names the permission and what it is on, and nothing else does. */
  readonly text: string
  readonly state: State
  /** What is said of a table undoes what was said of its columns: these come after it. */
  readonly ofColumn: boolean
}

/** `@name` is a user or role of the database. Names, not ids: those of class 1 may be of system objects. */
export const DATABASE_RIGHTS = `SELECT p.class, p.minor_id, p.permission_name, p.state,
  os.name AS [object_schema], o.name AS [object], c.name AS [column], s.name AS [schema], d.type AS [kind], d.name AS [principal],
  a.name AS [assembly], ts.name AS [type_schema], t.name AS [type], xs.name AS [collection_schema], x.name AS [collection],
  m.name AS [message_type], k.name AS [contract], v.name AS [service], b.name AS [binding], r.name AS [route], f.name AS [catalog],
  sk.name AS [symmetric_key], ce.name AS [certificate], ak.name AS [asymmetric_key]
FROM sys.database_permissions AS p
JOIN sys.database_principals AS u ON u.principal_id = p.grantee_principal_id
LEFT JOIN sys.all_objects AS o ON p.class = 1 AND o.object_id = p.major_id
LEFT JOIN sys.schemas AS os ON os.schema_id = o.schema_id
LEFT JOIN sys.all_columns AS c ON p.class = 1 AND c.object_id = p.major_id AND c.column_id = p.minor_id
LEFT JOIN sys.schemas AS s ON p.class = 3 AND s.schema_id = p.major_id
LEFT JOIN sys.database_principals AS d ON p.class = 4 AND d.principal_id = p.major_id
LEFT JOIN sys.assemblies AS a ON p.class = 5 AND a.assembly_id = p.major_id
LEFT JOIN sys.types AS t ON p.class = 6 AND t.user_type_id = p.major_id
LEFT JOIN sys.schemas AS ts ON ts.schema_id = t.schema_id
LEFT JOIN sys.xml_schema_collections AS x ON p.class = 10 AND x.xml_collection_id = p.major_id
LEFT JOIN sys.schemas AS xs ON xs.schema_id = x.schema_id
LEFT JOIN sys.service_message_types AS m ON p.class = 15 AND m.message_type_id = p.major_id
LEFT JOIN sys.service_contracts AS k ON p.class = 16 AND k.service_contract_id = p.major_id
LEFT JOIN sys.services AS v ON p.class = 17 AND v.service_id = p.major_id
LEFT JOIN sys.remote_service_bindings AS b ON p.class = 18 AND b.remote_service_binding_id = p.major_id
LEFT JOIN sys.routes AS r ON p.class = 19 AND r.route_id = p.major_id
LEFT JOIN sys.fulltext_catalogs AS f ON p.class = 23 AND f.fulltext_catalog_id = p.major_id
LEFT JOIN sys.symmetric_keys AS sk ON p.class = 24 AND sk.symmetric_key_id = p.major_id
LEFT JOIN sys.certificates AS ce ON p.class = 25 AND ce.certificate_id = p.major_id
LEFT JOIN sys.asymmetric_keys AS ak ON p.class = 26 AND ak.asymmetric_key_id = p.major_id
WHERE u.name = @name`

export const DATABASE_ROLES = `SELECT r.name
FROM sys.database_role_members AS m
JOIN sys.database_principals AS r ON r.principal_id = m.role_principal_id
JOIN sys.database_principals AS u ON u.principal_id = m.member_principal_id
WHERE u.name = @name`

export const SERVER_RIGHTS = `SELECT p.class, p.minor_id, p.permission_name, p.state,
  t.type AS [kind], t.name AS [principal], e.name AS [endpoint]
FROM sys.server_permissions AS p
JOIN sys.server_principals AS l ON l.principal_id = p.grantee_principal_id
LEFT JOIN sys.server_principals AS t ON p.class = 101 AND t.principal_id = p.major_id
LEFT JOIN sys.endpoints AS e ON p.class = 105 AND e.endpoint_id = p.major_id
WHERE l.name = @name`

export const SERVER_ROLES = `SELECT r.name
FROM sys.server_role_members AS m
JOIN sys.server_principals AS r ON r.principal_id = m.role_principal_id
JOIN sys.server_principals AS l ON l.principal_id = m.member_principal_id
WHERE l.name = @name`

/** What permissions of a class are on. */
type On = (row: Row) => string

const named =
  (word: string, column: string): On =>
  (row) =>
    ` ON ${word}::${name(row, column)}`

const inSchema =
  (word: string, schema: string, column: string): On =>
  (row) =>
    ` ON ${word}::${name(row, schema)}.${name(row, column)}`

const KINDS: Readonly<Record<string, string>> = { R: 'ROLE', A: 'APPLICATION ROLE' }

const DATABASE_CLASSES: Readonly<Record<number, On>> = {
  0: () => '',
  1: (row) => {
    const column = row.minor_id === 0 ? '' : ` (${name(row, 'column')})`
    return ` ON OBJECT::${name(row, 'object_schema')}.${name(row, 'object')}${column}`
  },
  3: named('SCHEMA', 'schema'),
  4: (row) => ` ON ${KINDS[kindOf(row)] ?? 'USER'}::${name(row, 'principal')}`,
  5: named('ASSEMBLY', 'assembly'),
  6: inSchema('TYPE', 'type_schema', 'type'),
  10: inSchema('XML SCHEMA COLLECTION', 'collection_schema', 'collection'),
  15: named('MESSAGE TYPE', 'message_type'),
  16: named('CONTRACT', 'contract'),
  17: named('SERVICE', 'service'),
  18: named('REMOTE SERVICE BINDING', 'binding'),
  19: named('ROUTE', 'route'),
  23: named('FULLTEXT CATALOG', 'catalog'),
  24: named('SYMMETRIC KEY', 'symmetric_key'),
  25: named('CERTIFICATE', 'certificate'),
  26: named('ASYMMETRIC KEY', 'asymmetric_key'),
}

const SERVER_CLASSES: Readonly<Record<number, On>> = {
  100: () => '',
  101: (row) => ` ON ${kindOf(row) === 'R' ? 'SERVER ROLE' : 'LOGIN'}::${name(row, 'principal')}`,
  105: named('ENDPOINT', 'endpoint'),
}

/** Throws a fault for a class that is not known, and for a name that the catalog does not show. */
export const databaseRights = (rows: readonly Row[]): Right[] => rightsOf(rows, DATABASE_CLASSES, 'database')
export const serverRights = (rows: readonly Row[]): Right[] => rightsOf(rows, SERVER_CLASSES, 'server')

function rightsOf(rows: readonly Row[], classes: Readonly<Record<number, On>>, of: string): Right[] {
  // several principals may have granted the same: what is strongest counts
  const strongest = new Map<string, Right>()
  for (const row of rows) {
    const on = typeof row.class === 'number' && Object.hasOwn(classes, row.class) ? classes[row.class] : undefined
    if (on === undefined) throw new FunctionFault(`Invalid ${of} permission class ${row.class}`)
    const text = `${permissionOf(row)}${on(row)}`
    const state = stateOf(row)
    const before = strongest.get(text)
    if (before === undefined || STRENGTH.indexOf(state) > STRENGTH.indexOf(before.state))
      strongest.set(text, { text, state, ofColumn: row.class === 1 && row.minor_id !== 0 })
  }
  return [...strongest.values()].toSorted((a, b) => Number(a.ofColumn) - Number(b.ofColumn))
}

const STRENGTH: readonly string[] = ['R', 'G', 'W', 'D'] satisfies State[]

function stateOf({ state }: Row): State {
  // char(1)
  if (typeof state === 'string' && STRENGTH.includes(state.trimEnd())) return state.trimEnd() as State
  throw new FunctionFault('a permission has a state that is not known')
}

/** A word of the server, which stands in a statement as it is. */
function permissionOf({ permission_name }: Row): string {
  if (typeof permission_name === 'string' && /^[A-Z]+( [A-Z]+)*$/.test(permission_name)) return permission_name
  throw new FunctionFault('a permission has a name that cannot be read')
}

const kindOf = ({ kind }: Row): string => (typeof kind === 'string' ? kind.trimEnd() : '')

function name(row: Row, column: string): string {
  const found = row[column]
  if (typeof found !== 'string')
    throw new FunctionFault(
      `the current user has a permission on a ${column.replaceAll('_', ' ')} that the superuser cannot see: it cannot be copied`,
    )
  return identifier(found)
}

/** The statement that gives it. `to`: not quoted. */
export function give({ text, state }: Right, to: string): string {
  const principal = identifier(to)
  if (state === 'R') return `REVOKE ${text} FROM ${principal}`
  if (state === 'D') return `DENY ${text} TO ${principal}`
  return `GRANT ${text} TO ${principal}${state === 'W' ? ' WITH GRANT OPTION' : ''}`
}

/** What has to be given to somebody who has `present`, in this order, to be allowed what `wanted` says. */
export function lacking(wanted: readonly Right[], present: readonly Right[]): Right[] {
  const states = new Map(present.map(({ text, state }) => [text, state]))
  return wanted.filter(({ text, state }) => states.get(text) !== state)
}

/** Grants in `present` that go beyond `wanted`. */
export function beyond(present: readonly Right[], wanted: readonly Right[]): Right[] {
  const states = new Map(wanted.map(({ text, state }) => [text, state]))
  return present.filter(({ text, state }) =>
    state === 'G' ? !states.has(text) : state === 'W' && states.get(text) !== 'W' && states.get(text) !== 'D',
  )
}
