import { createHmac } from 'node:crypto'
import type { Secret } from '#kernel/values/bytes'
import { CHECK_MS, readingOnly } from './check.ts'
import { type Engine, type Finding, FunctionFault, type Session } from './function.ts'
import { Refused } from './oracle-errors.ts'
import { type Grant, grantStatement, missing, reachesFar, readGrants } from './oracle-grants.ts'
import { Link } from './oracle-link.ts'
import { assertPassword, cloneName, dictionaryName, identifier, nameSize, quotedPassword } from './oracle-text.ts'

/** Longest name of a user before 12.2, in bytes. Source: rotation.md 8.5. */
const LONGEST_NAME = 30

/** Oracle, from 12.1. Source: rotation.md 8.6, 8.7, 9. */
export const oracle: Engine = {
  names: ['oracle'],
  excludeCharacters: '/@"\'\\',
  neverInPasswords: '"',
  passwordLength: 30,
  // in bytes, before 23ai: one that is too long would stay with its token
  longestPassword: 30,
  requiredKeys: ['dbname'],
  ownKeys: ['service', 'sid'],
  previousKeepsTls: true,
  usernameLimit: () => LONGEST_NAME,
  usernameSize: nameSize,
  cloneSuffix: '_CLONE',
  clone: cloneName,
  // the superuser acts on the database on which the current user has just proven its password
  masterLogin: (master, { dbname, service, sid }) => ({ ...master, dbname, service, sid }),
  async connect(secret, signal) {
    return new OracleSession(await Link.open(secret, signal))
  },
}

const REPLACE_NOT_SPECIFIED = 'ORA-28221'
/** GET_GRANTED_DDL: no grants of this kind. */
const OBJECT_NOT_FOUND = 'ORA-31608'
const KINDS = ['ROLE_GRANT', 'SYSTEM_GRANT', 'OBJECT_GRANT']

/** `WITH FUNCTION …`, with spaces and comments between; within a statement it needs a hint. Source: SQL Language Reference, SELECT. */
const BRINGS_CODE = /^\s*with(?:\s|\/\*(?:(?!\*\/)[\s\S])*\*\/|--[^\n]*\n)+(?:function|procedure)\b|\bwith_plsql\b/i

class OracleSession implements Session {
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
  }

  async probe(): Promise<void> {
    await this.#link.ask('SELECT SYSDATE FROM DUAL')
  }

  /**
   * The driver sends one statement at a time, and a transaction that only reads refuses what changes anything. Functions could do
   * so in transactions of their own: those that the statement itself brings along are refused.
   */
  async check(statement: string): Promise<void> {
    if (statement.includes('\0') || BRINGS_CODE.test(statement))
      throw new FunctionFault('rotationCheck must be a statement that reads: SELECT …', 'CheckFailed')
    const asked = readingOnly(statement)
    await this.#link.ask('SET TRANSACTION READ ONLY')
    try {
      await this.#link.ask(asked, [], CHECK_MS)
    } catch (error) {
      throw new FunctionFault(`rotationCheck: ${(error as Error).message}`, 'CheckFailed')
    }
    await this.#link.ask('ROLLBACK')
  }

  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    const { other, lacking, refusal } = await this.#plan(original, clone)
    const name = await this.#quoted(clone)
    const held = new Set((await this.#link.ask('SELECT PRIVILEGE FROM SYS.SESSION_PRIVS')).flat())
    const needed = other === undefined ? ['CREATE USER', 'ALTER USER'] : ['ALTER USER']
    const found: Finding[] = needed
      .filter((privilege) => !held.has(privilege))
      .map((privilege) => ({ state: 'wrong', what: `the superuser lacks ${privilege}` }))
    // what it holds with an option of its own it could give as well
    const kinds = new Set(
      lacking.map(({ role, on }) => (role ? 'ROLE' : on === undefined ? 'PRIVILEGE' : 'OBJECT PRIVILEGE')),
    )
    for (const kind of kinds)
      if (!held.has(`GRANT ANY ${kind}`))
        found.push({
          state: 'warning',
          what: `the superuser lacks GRANT ANY ${kind}: it may be unable to give rights on`,
        })
    if (refusal !== undefined) found.push({ state: 'wrong', what: refusal })
    const does = other === undefined ? 'would be made' : 'is there, and would get a password'
    return [...found, { state: 'ok', what: `the user ${name} ${does}; rights that it lacks: ${lacking.length}` }]
  }

  async setOwnPassword(username: string, password: Secret, current: Secret): Promise<void> {
    const statement = `ALTER USER ${await this.#quoted(username)} IDENTIFIED BY ${quotedPassword(password.reveal())}`
    try {
      await this.#link.ask(statement)
    } catch (error) {
      // a profile that looks at new passwords has users without ALTER USER say the old one too
      if (!(error instanceof Refused) || error.code !== REPLACE_NOT_SPECIFIED) throw error
      await this.#link.ask(`${statement} REPLACE ${quotedPassword(current.reveal())}`)
    }
  }

  /**
   * A clone has the original's roles, system and object privileges with their options, and its default roles; when it is made,
   * also its tablespaces, quotas and profile. Statements that change users are final one by one, so the password comes last: a
   * clone that was left half made does not take it, and the next attempt begins here again. Not copied: what the original may do
   * with objects of its own, proxies, consumer groups, editions.
   */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    assertPassword(password.reveal())
    const quoted = await this.#quoted(clone)
    const { model, other, wanted, lacking, refusal } = await this.#plan(original, clone)
    if (refusal !== undefined) throw new FunctionFault(refusal)
    const [from, to] = [model.name, dictionaryName(clone)]
    if (other === undefined) await this.#link.ask(await this.#creation(model, quoted, password))
    for (const grant of lacking) await this.#link.ask(grantStatement(grant, quoted))
    if (lacking.length > 0 && missing(wanted, await this.#grants(to)).length > 0)
      throw new FunctionFault('not all rights of the current user could be given to its clone')
    await this.#copyDefaultRoles(from, to, quoted)
    await this.#link.ask(`ALTER USER ${quoted} IDENTIFIED BY ${quotedPassword(password.reveal())}`)
  }

  /** What there is to be done, and why it must not be: who may log in as x_clone must not be handed an x that may do more. */
  async #plan(original: string, clone: string): Promise<Plan> {
    const [from, to] = [dictionaryName(original), dictionaryName(clone)]
    const model = await this.#user(from)
    if (model === undefined) throw new FunctionFault(`there is no user ${from} whose rights could be copied`)
    const other = await this.#user(to)
    const wanted = await this.#grants(from)
    if (other === undefined) return { model, other, wanted, lacking: wanted, refusal: undefined }
    const present = await this.#grants(to)
    const own = await this.#powers(from)
    const more = [...(await this.#powers(to))].some((power) => !own.has(power))
    const refusal =
      other.maintained || other.authentication !== 'PASSWORD'
        ? `Attempting to modify user ${to}, which belongs to the database or has no password`
        : more || missing(present.filter(reachesFar), wanted).length > 0
          ? `Attempting to modify user ${to}, which has rights that ${from} lacks`
          : undefined
    return { model, other, wanted, lacking: missing(wanted, present), refusal }
  }

  /** What a user may do that is no grant: administer the database, and log in as others. */
  async #powers(name: string): Promise<ReadonlySet<string>> {
    const files = await this.#link.ask('SELECT USERNAME FROM SYS.V_$PWFILE_USERS WHERE USERNAME = :name', [name])
    const clients = await this.#link.ask('SELECT CLIENT FROM SYS.DBA_PROXIES WHERE PROXY = :name', [name])
    return new Set([...files.map(() => 'administers'), ...clients.map(([client]) => `as ${client}`)])
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  /** The name as the database itself quotes it; it must be the one that we mean. Source: rotation.md 8.6, 8.7. */
  async #quoted(username: string): Promise<string> {
    const expected = identifier(dictionaryName(username))
    const [[quoted] = []] = await this.#link.ask('SELECT SYS.DBMS_ASSERT.ENQUOTE_NAME(:username) FROM DUAL', [username])
    if (quoted !== expected) throw new FunctionFault('the database takes the name of the user for another one')
    return quoted
  }

  async #user(name: string): Promise<User | undefined> {
    const [row] = await this.#link.ask(
      'SELECT DEFAULT_TABLESPACE, TEMPORARY_TABLESPACE, PROFILE, AUTHENTICATION_TYPE, ORACLE_MAINTAINED ' +
        'FROM SYS.DBA_USERS WHERE USERNAME = :name',
      [name],
    )
    if (row === undefined) return undefined
    const [tablespace, temporary, profile, authentication, maintained] = row.map((value) => value ?? '')
    if (tablespace === undefined || temporary === undefined || profile === undefined || authentication === undefined)
      throw new FunctionFault('the database tells too little about the user')
    return { name, tablespace, temporary, profile, authentication, maintained: maintained !== 'N' }
  }

  /** As hard to guess as the password itself, and with the four kinds of characters that profiles ask for. */
  async #creation(model: User, quoted: string, password: Secret): Promise<string> {
    const made = createHmac('sha256', password.reveal()).update('a clone without its rights').digest('base64url')
    const quotas = await this.#link.ask(
      "SELECT TABLESPACE_NAME, MAX_BYTES FROM SYS.DBA_TS_QUOTAS WHERE USERNAME = :name AND DROPPED = 'NO'",
      [model.name],
    )
    return [
      `CREATE USER ${quoted} IDENTIFIED BY ${quotedPassword(`${made.slice(0, 26)}aA1_`)}`,
      `DEFAULT TABLESPACE ${identifier(model.tablespace)}`,
      `TEMPORARY TABLESPACE ${identifier(model.temporary)}`,
      `PROFILE ${identifier(model.profile)}`,
      ...quotas.map(([tablespace, bytes]) => `QUOTA ${quota(bytes ?? '')} ON ${identifier(tablespace ?? '')}`),
    ].join(' ')
  }

  async #grants(name: string): Promise<readonly Grant[]> {
    const grants: Grant[] = []
    for (const kind of KINDS) {
      try {
        const rows = await this.#link.ask('SELECT SYS.DBMS_METADATA.GET_GRANTED_DDL(:kind, :name) FROM DUAL', [
          kind,
          name,
        ])
        for (const [ddl] of rows) grants.push(...readGrants(ddl ?? '', name))
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== OBJECT_NOT_FOUND) throw error
      }
    }
    return grants
  }

  /** A user that was not told otherwise begins with all its roles. */
  async #copyDefaultRoles(from: string, to: string, quoted: string): Promise<void> {
    const rolesOf = async (name: string) => {
      const rows = await this.#link.ask(
        'SELECT GRANTED_ROLE, DEFAULT_ROLE FROM SYS.DBA_ROLE_PRIVS WHERE GRANTEE = :name',
        [name],
      )
      return new Map(rows.map(([role, isDefault]) => [role ?? '', isDefault === 'YES']))
    }
    const [wanted, present] = [await rolesOf(from), await rolesOf(to)]
    if ([...wanted].every(([role, isDefault]) => present.get(role) === isDefault)) return
    const roles = new Map([...present, ...wanted])
    const defaults = [...roles].filter(([, isDefault]) => isDefault).map(([role]) => identifier(role))
    const what = defaults.length === roles.size ? 'ALL' : defaults.length === 0 ? 'NONE' : defaults.join(', ')
    await this.#link.ask(`ALTER USER ${quoted} DEFAULT ROLE ${what}`)
  }
}

interface Plan {
  readonly model: User
  readonly other: User | undefined
  readonly wanted: readonly Grant[]
  readonly lacking: readonly Grant[]
  readonly refusal: string | undefined
}

/** What DBA_USERS says of a user. */
interface User {
  readonly name: string
  readonly tablespace: string
  readonly temporary: string
  readonly profile: string
  readonly authentication: string
  /** One that came with the database. */
  readonly maintained: boolean
}

function quota(bytes: string): string {
  if (bytes === '-1') return 'UNLIMITED'
  if (!/^\d{1,20}$/.test(bytes)) throw new FunctionFault('a quota of the user cannot be read')
  return bytes
}
