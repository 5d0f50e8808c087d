import type { Secret } from '#kernel/values/bytes'
import { CHECK_MS, readingOnly } from './check.ts'
import { type DatabaseSecret, type Engine, type Finding, FunctionFault, type Session } from './function.ts'
import { canBeLimited, examine, isContained, placeOf, setClone } from './sqlserver-clone.ts'
import { LONGEST, otherName, refuseUnquotable, setPassword, whether } from './sqlserver-text.ts'
import { logIn, type Wire } from './sqlserver-wire.ts'

/** SQL Server: logins of a server, and users of contained databases. Source: rotation.md 8.6, 8.7, 9. */
export const sqlserver: Engine = {
  names: ['sqlserver'],
  excludeCharacters: '/@"\'\\',
  passwordLength: 32,
  longestPassword: LONGEST,
  usernameLimit: () => LONGEST,
  usernameSize: (username) => username.length,
  clone: otherName,
  connect,
}

async function connect(secret: DatabaseSecret, signal: AbortSignal): Promise<Session> {
  refuseUnquotable(secret.username, 'username')
  refuseUnquotable(secret.password.reveal(), 'password')
  if (secret.dbname !== undefined) refuseUnquotable(secret.dbname, 'dbname')
  return new SqlServerSession(await logIn(secret, signal))
}

class SqlServerSession implements Session {
  readonly #wire: Wire

  constructor(wire: Wire) {
    this.#wire = wire
  }

  async probe(): Promise<void> {
    await this.#wire.ask('SELECT @@VERSION AS version')
  }

  async check(statement: string): Promise<void> {
    const question = whether(readingOnly(statement))
    try {
      await this.#wire.ask(question, {}, CHECK_MS)
    } catch (error) {
      throw new FunctionFault(`rotationCheck: ${(error as Error).message}`, 'CheckFailed')
    }
  }

  async setOwnPassword(username: string, password: Secret, current: Secret): Promise<void> {
    const contained = await isContained(this.#wire, await placeOf(this.#wire), username)
    const statement = setPassword(contained ? 'USER' : 'LOGIN', username, password, current)
    await this.#wire.run(statement, [password, current])
  }

  async setClone(original: string, clone: string, password: Secret): Promise<void> {
    const limited = await canBeLimited(this.#wire)
    await this.#wire.together(() => setClone(this.#wire, original, clone, password, limited))
  }

  async examine(original: string, clone: string): Promise<readonly Finding[]> {
    return await examine(this.#wire, original, clone)
  }

  async close(): Promise<void> {
    this.#wire.close()
  }
}
