import { createHmac } from 'node:crypto'
import { Secret } from '#kernel/values/bytes'
import { CHECK_MS, readingOnly } from './check.ts'
import {
  type DatabaseSecret,
  type Engine,
  type Finding,
  FunctionFault,
  NotConnected,
  type Session,
} from './function.ts'
import { grantStatements, missing, reachesFar, readGrants } from './mysql-grants.ts'
import { type Account, identifier, literal, refuseUnquotable, type Version, versionOf } from './mysql-text.ts'
import {
  chooseAccount,
  createUser,
  defaultRoleOf,
  defaultRoleRows,
  requirements,
  sessionMode,
  setDefaultRoles,
  setOwnPassword,
  setPasswordOf,
  statementLimit,
  type UserRow,
  userRow,
  userRows,
} from './mysql-users.ts'
import { logIn, Refused, type Wire } from './mysql-wire.ts'

/** MySQL and MariaDB: one protocol, two dialects, told apart by the server's version. Source: rotation.md 8.2, 8.6, 8.7, 9. */

const base = {
  excludeCharacters: '/@"\'\\',
  passwordLength: 32,
  clone: (username: string) =>
    username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`,
  connect,
}

export const mysql: Engine = {
  ...base,
  names: ['mysql', 'aurora-mysql'],
  /** MySQL 5.6 had 16, and the published function kept it; since 5.7 the server has 32. Source: rotation.md 8.5. */
  usernameLimit(environment) {
    const text = environment.get('USERNAME_CHARACTER_LIMIT') ?? '16'
    const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
    if (limit < 1 || limit > 32) throw new FunctionFault('USERNAME_CHARACTER_LIMIT must be a number from 1 to 32')
    return limit
  },
}

export const mariadb: Engine = { ...base, names: ['mariadb'], previousUser: 'last valid user', usernameLimit: () => 80 }

async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<Session> {
  const wire = await logIn(secret, signal)
  try {
    return await MysqlSession.begin(wire, secret.username)
  } catch (error) {
    await wire.close()
    if (error instanceof NotConnected) throw error
    throw new NotConnected('other', error instanceof Error ? error.message : 'the session cannot be set up')
  }
}

/** ER_MISSING_CURRENT_PASSWORD: MySQL 8.0.13's PASSWORD REQUIRE CURRENT. */
const MISSING_CURRENT_PASSWORD = 3892

/** The server itself is to stop a check first: it says why, and works no longer on it. */
const LATER_MS = 1000

class MysqlSession implements Session {
  readonly #wire: Wire
  readonly #version: Version

  private constructor(wire: Wire, version: Version) {
    this.#wire = wire
    this.#version = version
  }

  /** Makes the session one whose quoting is known, whatever the server is set to, and checks that it took. */
  static async begin(wire: Wire, username: string): Promise<MysqlSession> {
    const [[text = ''] = []] = (await wire.ask('SELECT VERSION()')) as (readonly string[])[]
    const version = versionOf(text)
    const mode = sessionMode(version)
    await wire.ask('SET NAMES utf8mb4')
    await wire.ask(`SET SESSION sql_mode = '${mode}', SESSION sql_quote_show_create = 1`)
    const [state = []] = await wire.ask('SELECT @@SESSION.sql_mode, @@SESSION.character_set_client, CURRENT_USER()')
    const [isMode, charset, account] = state
    const took = new Set(isMode?.split(',')).symmetricDifference(new Set(mode.split(','))).size === 0
    if (!took || charset !== 'utf8mb4')
      throw new NotConnected('other', 'the server does not take the settings that quoting relies on')
    // not the anonymous user, and not somebody for whom this one is a proxy: its password is not ours to change
    if (account?.slice(0, account.lastIndexOf('@')) !== username)
      throw new NotConnected('other', 'the server takes this login for another user')
    return new MysqlSession(wire, version)
  }

  async probe(): Promise<void> {
    await this.#wire.ask('SELECT NOW()')
  }

  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    const found: Finding[] = []
    const own = await this.#wire.ask('SHOW GRANTS')
    const may = (right: RegExp) => own.some(([text = '']) => right.test(text ?? ''))
    if (!may(/^GRANT (ALL PRIVILEGES|.*\bCREATE USER\b).* ON \*\.\*/))
      found.push({ state: 'wrong', what: 'the superuser may not make or change users: it lacks CREATE USER' })
    if (!may(/ WITH .*GRANT OPTION/))
      found.push({
        state: 'warning',
        what: 'the superuser has no GRANT OPTION: rights that the clone lacks can not be given',
      })
    const model = await this.#accountOf(original)
    const account = { name: clone, host: model.host }
    const there = (await this.#rows(clone)).some(({ host }) => host.toLowerCase() === model.host.toLowerCase())
    const wanted = await this.#grantsOf({ name: original, host: model.host })
    const lacking = there ? missing(wanted, await this.#grantsOf(account)).length : wanted.length
    const does = there
      ? `is there, would get a password and ${lacking} more grants`
      : `would be made with ${lacking} grants`
    return [...found, { state: 'ok', what: `the user ${clone}@${model.host} ${does}` }]
  }

  /** The driver sends one statement at a time; what changes anything is refused by the transaction. */
  async check(statement: string): Promise<void> {
    refuseUnquotable(statement, 'rotationCheck')
    const asked = readingOnly(statement)
    // the session ends with the check
    for (const setting of statementLimit(this.#version, CHECK_MS)) await this.#wire.ask(setting)
    await this.#wire.ask('START TRANSACTION READ ONLY')
    try {
      await this.#wire.ask(asked, CHECK_MS + LATER_MS)
    } catch (error) {
      throw new FunctionFault(`rotationCheck: ${(error as Error).message}`, 'CheckFailed')
    }
    await this.#wire.ask('ROLLBACK')
  }

  async setOwnPassword(_username: string, password: Secret, current: Secret): Promise<void> {
    try {
      await this.#wire.ask(setOwnPassword(this.#version, password))
    } catch (error) {
      if (!(error instanceof Refused) || error.errno !== MISSING_CURRENT_PASSWORD) throw error
      await this.#wire.ask(setOwnPassword(this.#version, password, current))
    }
  }

  /**
   * The password comes last: a clone that was left half made does not take it, so the next attempt begins here again instead
   * of finding that the login works.
   */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    const model = await this.#accountOf(original)
    const from: Account = { name: original, host: model.host }
    const to: Account = { name: clone, host: model.host }
    if (!(await this.#rows(clone)).some(({ host }) => host.toLowerCase() === to.host.toLowerCase())) {
      // as hard to guess as the password itself; with the four kinds of characters that policies ask for
      const made = createHmac('sha256', password.reveal()).update('a clone without its rights').digest('base64url')
      const halfMade = new Secret(`${made}aA1!`)
      await this.#wire.ask(createUser(this.#version, to, halfMade, model.plugin))
    }
    const wanted = await this.#grantsOf(from)
    const present = await this.#grantsOf(to)
    // who may log in as x_clone must not have the superuser hand him an x that may do more
    if (missing(present.filter(reachesFar), wanted).length > 0)
      throw new FunctionFault(`Attempting to modify user ${clone}, which has rights that ${original} lacks`)
    await this.#wire.ask(requirements(this.#version, to, model))
    const lacking = missing(wanted, present)
    for (const statement of grantStatements(lacking, to)) await this.#wire.ask(statement)
    if (lacking.length > 0 && missing(wanted, await this.#grantsOf(to)).length > 0)
      throw new FunctionFault('not all rights of the current user could be given to its clone')
    await this.#copyDefaultRoles(model, from, to)
    await this.#wire.ask(setPasswordOf(this.#version, to, password))
  }

  async #rows(name: string): Promise<readonly UserRow[]> {
    return (await this.#wire.ask(userRows(this.#version, name))).map(userRow)
  }

  async #accountOf(name: string): Promise<UserRow> {
    const [[seen] = []] = await this.#wire.ask("SELECT SUBSTRING_INDEX(USER(), '@', -1)")
    return chooseAccount(await this.#rows(name), seen ?? '')
  }

  async #grantsOf(account: Account) {
    const { name, host } = account
    const rows = await this.#wire.ask(`SHOW GRANTS FOR ${literal(name)}@${literal(host)}`)
    return readGrants(
      rows.map(([text]) => text ?? ''),
      account,
    )
  }

  async #copyDefaultRoles(model: UserRow, from: Account, to: Account): Promise<void> {
    const roles = async (account: Account, row: UserRow | undefined): Promise<readonly string[]> => {
      if (this.#version.mariadb) return row === undefined ? [] : defaultRoleOf(row)
      if (this.#version.number < 80_000) return []
      const rows = await this.#wire.ask(defaultRoleRows(account))
      return rows.map(([name, host]) => `${identifier(name ?? '')}@${identifier(host ?? '')}`).toSorted()
    }
    const wanted = await roles(from, model)
    const present = await roles(
      to,
      (await this.#rows(to.name)).find(({ host }) => host === to.host),
    )
    if (wanted.join() !== present.join()) await this.#wire.ask(setDefaultRoles(this.#version, to, wanted))
  }

  close(): Promise<void> {
    return this.#wire.close()
  }
}
