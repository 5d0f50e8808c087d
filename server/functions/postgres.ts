import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '#kernel/values/bytes'
import { CHECK_MS, readingOnly } from './check.ts'
import { type Engine, type Finding, FunctionFault, type Session } from './function.ts'
import { assertText, type Dialect, logIn, type Row, type Wire } from './postgres-wire.ts'

/** Longest name, in bytes: the server cuts longer ones, and what is left may be another user. Source: NAMEDATALEN. */
const LONGEST_NAME = 63
/** Rounds of a verifier, when the server says nothing of its own; and the most that it may ask of us. */
const ROUNDS = 4096
const MOST_ROUNDS = 100_000

const DIALECT: Dialect = { product: 'PostgreSQL', port: 5432, database: 'postgres' }

/** PostgreSQL, and Aurora's. Source: rotation.md 8.6, 9. */
export const postgres: Engine = {
  names: ['postgres', 'aurora-postgresql'],
  excludeCharacters: ':/@"\'\\',
  passwordLength: 32,
  usernameLimit: () => LONGEST_NAME,
  usernameSize: (username) => Buffer.byteLength(username),
  clone: (username) => (username.endsWith('_clone') ? username.slice(0, -'_clone'.length) : `${username}_clone`),
  connect: async (secret, signal) => new PostgresSession(await logIn(secret, DIALECT, signal)),
}

class PostgresSession implements Session {
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async probe(): Promise<void> {
    await this.#wire.run('SELECT pg_catalog.now()')
  }

  /** In a transaction too: the secret names the database, and its owner sets the search path of those who come there. */
  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    const found: Finding[] = []
    await this.#wire.together(async () => void found.push(...(await this.#examined(original, clone))))
    return found
  }

  async #examined(original: string, clone: string): Promise<Finding[]> {
    const [me] = await this.#wire.run(MYSELF, [], [original])
    const there = await this.#wire.run(ABOUT, [], [clone, original])
    const named = (name: string) => there.find(({ rolname }) => rolname === name)
    const [own, other] = [named(original), named(clone)]
    const found: Finding[] = []
    if (own === undefined) found.push({ state: 'wrong', what: `there is no role ${original}` })
    if (me?.rolsuper !== true && me?.rolcreaterole !== true)
      found.push({ state: 'wrong', what: 'the superuser may not make or change roles: it lacks CREATEROLE' })
    else if (me.rolsuper !== true && Number(me.version) >= 160_000 && me.grants !== true)
      // Source: PostgreSQL 16, release notes: CREATEROLE alone no longer lets anybody grant any role.
      found.push({
        state: other === undefined ? 'wrong' : 'warning',
        what: `the superuser lacks ADMIN OPTION on ${original}`,
      })
    const why = other === undefined ? undefined : await this.#notOf(original, own, clone, other)
    if (why !== undefined) found.push({ state: 'wrong', what: `${clone} ${why}` })
    const does =
      other === undefined ? `would be made, as a member of ${original}` : 'is there, and would get a password'
    return [...found, { state: 'ok', what: `the role ${clone} ${does}` }]
  }

  async check(statement: string): Promise<void> {
    assertText(statement)
    await this.#wire.reading(readingOnly(statement), CHECK_MS)
  }

  async setOwnPassword(username: string, password: Secret): Promise<void> {
    const user = this.#name(username)
    await this.#wire.together(async () => {
      await this.#wire.run(`ALTER USER ${user} WITH PASSWORD ${await this.#password(password)}`, [password])
    })
  }

  /** A clone is a member of the original. Not copied: attributes and settings of the role. Source: rotation.md 8.6, 8.7. */
  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    const [from, to] = [this.#name(original), this.#name(clone)]
    await this.#wire.together(async () => {
      const literal = await this.#password(password)
      const there = await this.#wire.run(ABOUT, [], [clone, original])
      const other = there.find(({ rolname }) => rolname === clone)
      if (other === undefined) {
        await this.#wire.run(`CREATE ROLE ${to} WITH LOGIN PASSWORD ${literal}`, [password])
        await this.#wire.run(`GRANT ${from} TO ${to}`)
        await this.#wire.run(`COMMENT ON ROLE ${to} IS ${this.#wire.literal(markOf(original))}`)
        return
      }
      const own = there.find(({ rolname }) => rolname === original)
      const why = await this.#notOf(original, own, clone, other)
      if (why !== undefined) throw new FunctionFault(`Attempting to modify user ${clone}, which ${why}`)
      await this.#wire.run(`ALTER USER ${to} WITH PASSWORD ${literal}`, [password])
    })
  }

  /**
   * Why a role is not one of a pair with the one whose login was proven; undefined when it is. Who may log in as x_clone must
   * not have the superuser hand him an x that may do more, and who makes a role x must not get hold of somebody's x_clone.
   */
  async #notOf(original: string, own: Row | undefined, clone: string, other: Row): Promise<string | undefined> {
    const more = RIGHTS.filter((right) => other[right] === true && own?.[right] !== true)
    if (more.length > 0) return `has rights that ${original} lacks: ${more.join(', ')}`
    const [pair] = await this.#wire.run(PAIR, [], [original, clone])
    // who is a member may do all of it already, and nobody but those who administer a role make members of it
    if (pair?.above === true) return undefined
    if (pair?.below !== true) return `is no clone of ${original}: neither is a member of the other`
    if (pair.beyond !== null) return `is a member of what ${original} is not: ${pair.beyond}`
    // who administers x makes whomever he likes a member of it: x_clone must say itself whose clone it is, or have nothing
    if (pair.marked === markOf(original) || pair.keeps === false) return undefined
    return `owns something, or was granted rights of its own, and no comment says \`${markOf(original)}\``
  }

  close(): Promise<void> {
    return this.#wire.close()
  }

  #name(username: string): string {
    if (Buffer.byteLength(username) > LONGEST_NAME)
      throw new FunctionFault(`the name of the user is longer than ${LONGEST_NAME} bytes`)
    return this.#wire.identifier(username)
  }

  /**
   * What stands in the statement for the password. Where the server keeps verifiers it is one, so that the password is in no log
   * of the server; the server would prepare other characters than ASCII (SASLprep), so these are left to it.
   */
  async #password(password: Secret): Promise<string> {
    const text = password.reveal()
    assertText(text)
    const [settings] = await this.#wire.run(SETTINGS)
    if (settings?.kept !== 'scram-sha-256' || !/^[\x20-\x7e]+$/.test(text)) return this.#wire.literal(text)
    const rounds = Math.min(Math.max(Number(settings.rounds ?? ROUNDS) || ROUNDS, ROUNDS), MOST_ROUNDS)
    // the server would have chosen the salt too, had it made the verifier
    const [made] = await this.#wire.run(Number(settings.version) >= 130_000 ? SALT : OLD_SALT)
    const salt = Buffer.from(String(made?.salt).replaceAll('-', ''), 'hex')
    return this.#wire.literal(await verifier(text, salt, rounds))
  }
}

const SETTINGS = `SELECT pg_catalog.current_setting('password_encryption') AS kept,
  pg_catalog.current_setting('scram_iterations', true) AS rounds,
  pg_catalog.current_setting('server_version_num') AS version`
const SALT = 'SELECT pg_catalog.gen_random_uuid() AS salt'
/** Before version 13. A salt has to be another one each time, not hard to guess. */
const OLD_SALT = `SELECT pg_catalog.md5(pg_catalog.concat(pg_catalog.random(), pg_catalog.clock_timestamp())) AS salt`

const RIGHTS = ['rolsuper', 'rolcreaterole', 'rolcreatedb', 'rolreplication', 'rolbypassrls'] as const
const MYSELF = `SELECT rolsuper, rolcreaterole, pg_catalog.current_setting('server_version_num') AS version,
  COALESCE((SELECT pg_catalog.pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION') FROM pg_catalog.pg_roles o WHERE o.rolname = $1), false)
    AS grants
  FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER`
const ABOUT = `SELECT rolname, ${RIGHTS.join(', ')} FROM pg_catalog.pg_roles WHERE rolname = $1 OR rolname = $2`

/**
 * Of the role that was proven ($1) and the other ($2): whether one is a member of the other, also by way of others; what the
 * other is a member of besides; whether it has anything of its own in any database; its comment.
 */
const PAIR = `SELECT pg_catalog.pg_has_role(p.oid, t.oid, 'MEMBER') AS above, pg_catalog.pg_has_role(t.oid, p.oid, 'MEMBER') AS below,
  (SELECT pg_catalog.string_agg(CAST(r.rolname AS text), ', ') FROM pg_catalog.pg_roles r WHERE r.oid <> t.oid
    AND pg_catalog.pg_has_role(t.oid, r.oid, 'MEMBER') AND NOT pg_catalog.pg_has_role(p.oid, r.oid, 'MEMBER')) AS beyond,
  EXISTS (SELECT 1 FROM pg_catalog.pg_shdepend d WHERE d.refobjid = t.oid AND d.deptype IN ('o', 'a')
    AND d.refclassid = CAST('pg_catalog.pg_authid' AS pg_catalog.regclass)) AS keeps,
  pg_catalog.shobj_description(t.oid, 'pg_authid') AS marked
  FROM pg_catalog.pg_roles p, pg_catalog.pg_roles t WHERE p.rolname = $1 AND t.rolname = $2`
/** The comment of a clone: only who administers a role can give it one. */
const markOf = (original: string) => `strongroom: clone of ${original}`

/** What the server keeps of a password. Source: RFC 5803, PostgreSQL's pg_authid.rolpassword. */
export async function verifier(password: string, salt: Buffer, rounds: number): Promise<string> {
  if (salt.length !== 16) throw new Error('the salt of a verifier has 16 bytes')
  const salted = await promisify(pbkdf2)(password, salt, rounds, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${rounds}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`
}
