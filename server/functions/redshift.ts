import type { Secret } from '#kernel/values/bytes'
import { CHECK_MS, readingOnly } from './check.ts'
import { type Engine, type Finding, FunctionFault, type Session } from './function.ts'
import { assertText, type Dialect, logIn, type Row, type Wire } from './postgres-wire.ts'

/**
 * Amazon Redshift, which speaks PostgreSQL's protocol with the catalog of version 8.0. No roles that users could be members of
 * are relied on: a clone is given the privileges themselves. Source: rotation.md 8.3, 8.5, 8.6.
 */

const DIALECT: Dialect = { product: 'Redshift', port: 5439, database: 'dev' }

export const redshift: Engine = {
  names: ['redshift'],
  excludeCharacters: '/@"\'\\:',
  // Redshift, CREATE USER
  neverInPasswords: '\'"\\/@',
  passwordLength: 32,
  ignoredVariables: ['EXCLUDE_NUMBERS', 'EXCLUDE_UPPERCASE', 'EXCLUDE_LOWERCASE'],
  previousKeepsTls: true,
  usernameLimit: () => undefined,
  otherHost: ' admin',
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect: async (secret, signal) => new RedshiftSession(await logIn(secret, DIALECT, signal)),
}

/** Objects in one GRANT: a statement of Redshift has at most 16 MB, and a name 127 bytes. */
const AT_ONCE = 500

class RedshiftSession implements Session {
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async probe(): Promise<void> {
    await this.#wire.run('SELECT pg_catalog.now()')
  }

  async check(statement: string): Promise<void> {
    assertText(statement)
    await this.#wire.reading(readingOnly(statement), CHECK_MS)
  }

  async setOwnPassword(username: string, password: Secret): Promise<void> {
    const literal = this.#password(password)
    await this.#wire.together(async () => {
      await this.#wire.run(`ALTER USER ${await this.#quoted(username)} WITH PASSWORD ${literal}`, [password])
    })
  }

  /** The privileges are copied when the clone is made, and only then. Source: rotation.md 8.6. */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    assertText(original)
    const literal = this.#password(password)
    await this.#wire.together(async () => {
      const name = await this.#quoted(clone)
      const other = await this.#user(clone)
      const own = await this.#user(original)
      if (own === undefined) throw new FunctionFault(`the user ${original} is not among the users of the database`)
      if (other === undefined) {
        await this.#wire.run(`CREATE USER ${name} WITH PASSWORD ${literal}`, [password])
        // a server that cuts long names would have made somebody else
        if ((await this.#user(clone)) === undefined)
          throw new FunctionFault('the database takes the name of the clone for another one')
        await this.#copy(original, clone, name)
        return
      }
      // who may log in as x_clone must not have the superuser hand him an x that may do more
      const more = beyond(other, own)
      if (more.length > 0)
        throw new FunctionFault(
          `Attempting to modify user ${clone}, which has rights that ${original} lacks: ${more.join(', ')}`,
        )
      await this.#wire.run(`ALTER USER ${name} WITH PASSWORD ${literal}`, [password])
    })
  }

  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    const found: Finding[] = []
    const [me] = await this.#wire.run(`${USER} WHERE usename = CURRENT_USER`)
    // Redshift, CREATE USER: only superusers make users
    if (me?.usesuper !== true)
      found.push({ state: 'warning', what: 'the login of the superuser is none: it may lack the right to make users' })
    const own = await this.#user(original)
    const other = await this.#user(clone)
    if (own === undefined) return [...found, { state: 'wrong', what: `there is no user ${original}` }]
    const more = other === undefined ? [] : beyond(other, own)
    if (more.length > 0)
      return [...found, { state: 'wrong', what: `${clone} has rights that ${original} lacks: ${more.join(', ')}` }]
    const does =
      other === undefined ? `would be made, with the privileges of ${original}` : 'is there, and would get a password'
    return [...found, { state: 'ok', what: `the user ${clone} ${does}` }]
  }

  close(): Promise<void> {
    return this.#wire.close()
  }

  async #user(name: string): Promise<Row | undefined> {
    const [row] = await this.#wire.run(`${USER} WHERE CAST(usename AS text) = CAST($1 AS text)`, [], [name])
    return row
  }

  /** Grants what the original has and the clone, as anybody, has not. Then there must be nothing left. */
  async #copy(original: string, clone: string, name: string): Promise<void> {
    for (const { kind, privileges, lacking } of OBJECTS)
      for (const privilege of privileges) {
        const missing = () => this.#wire.run(lacking, [], [original, clone, privilege])
        const objects = (await missing()).map((row) => this.#object(row))
        for (let from = 0; from < objects.length; from += AT_ONCE)
          await this.#wire.run(
            `GRANT ${privilege} ON ${kind} ${objects.slice(from, from + AT_ONCE).join(', ')} TO ${name}`,
          )
        if (objects.length > 0 && (await missing()).length > 0)
          throw new FunctionFault('not all rights of the current user could be given to its clone')
      }
  }

  #object({ schemaname, objectname }: Row): string {
    const own = this.#wire.identifier(String(objectname))
    return typeof schemaname === 'string' ? `${this.#wire.identifier(schemaname)}.${own}` : own
  }

  /** By the server's own rule; what it answers must be the name and nothing else. */
  async #quoted(name: string): Promise<string> {
    assertText(name)
    const [row] = await this.#wire.run('SELECT pg_catalog.quote_ident(CAST($1 AS text)) AS quoted', [], [name])
    const plain = row?.quoted === name && /^[a-z_][a-z0-9_]*$/.test(name)
    if (!plain && row?.quoted !== `"${name.replaceAll('"', '""')}"`)
      throw new FunctionFault('the database does not quote the name of the user as it should')
    return row?.quoted as string
  }

  /**
   * The password as a literal. Redshift takes no quotes and no backslashes in one, so that how a server reads backslashes does
   * not matter; and what looks like a hash would be taken for one. Source: Redshift, CREATE USER.
   */
  #password(password: Secret): string {
    const text = password.reveal()
    if (!/^[!#-&(-.0-?A-[\]-~]+$/.test(text))
      throw new FunctionFault('a password of Redshift has printable ASCII characters other than space, \' " \\ / and @')
    if (/^md5[0-9a-f]{32}$|^sha256\|/i.test(text))
      throw new FunctionFault('Redshift would take this password for the hash of one')
    return this.#wire.literal(text)
  }
}

const RIGHTS = ['usesuper', 'usecreatedb'] as const
const beyond = (user: Row, other: Row) => RIGHTS.filter((right) => user[right] === true && other[right] !== true)
const USER = `SELECT ${RIGHTS.join(', ')} FROM pg_catalog.pg_user`

/** Privileges on what is the system's own, or of one session, are not copied. `schema`: an expression. */
const ofUsers = (schema: string): string =>
  [
    `${schema} NOT IN ('pg_internal', 'pg_automv', 'pg_catalog', 'pg_toast', 'information_schema')`,
    `AND pg_catalog.substr(${schema}, 1, 7) <> 'pg_temp' AND pg_catalog.substr(${schema}, 1, 9) <> 'pg_toast_'`,
  ].join(' ')

/** `has_x_privilege` for the original ($1) and not for the clone ($2). `object` is how the function is told of the object. */
const lacking = (kind: string, object: string): string =>
  [
    `pg_catalog.has_${kind}_privilege(CAST($1 AS name), ${object}, CAST($3 AS text))`,
    `AND NOT pg_catalog.has_${kind}_privilege(CAST($2 AS name), ${object}, CAST($3 AS text))`,
  ].join(' ')

const TABLE = `pg_catalog.quote_ident(schemaname) || '.' || pg_catalog.quote_ident(objectname)`
/** Views as well, which the published function forgets: rights on them are granted as those on tables. */
const TABLES = `SELECT CAST(schemaname AS text) AS schemaname, CAST(tablename AS text) AS objectname FROM pg_catalog.pg_tables
  UNION ALL SELECT CAST(schemaname AS text), CAST(viewname AS text) FROM pg_catalog.pg_views`

/** What privileges are copied, in this order. TEMP is another word for TEMPORARY. Source: rotation.md 8.6. */
const OBJECTS = [
  {
    kind: 'DATABASE',
    privileges: ['CREATE', 'TEMPORARY'],
    lacking: `SELECT datname AS objectname FROM pg_catalog.pg_database
      WHERE datallowconn AND ${lacking('database', 'CAST(datname AS text)')}`,
  },
  {
    kind: 'SCHEMA',
    privileges: ['CREATE', 'USAGE'],
    lacking: `SELECT nspname AS objectname FROM pg_catalog.pg_namespace
      WHERE ${ofUsers('CAST(nspname AS text)')} AND ${lacking('schema', 'CAST(nspname AS text)')}`,
  },
  {
    kind: 'TABLE',
    privileges: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES'],
    lacking: `SELECT schemaname, objectname FROM (${TABLES}) AS known
      WHERE ${ofUsers('schemaname')} AND ${lacking('table', TABLE)}`,
  },
] as const
