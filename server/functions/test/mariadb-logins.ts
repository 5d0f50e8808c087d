import assert from 'node:assert/strict'
import { Secret } from '#kernel/values/bytes'
import type { Mariadb } from '../../test/mariadb.ts'
import { type ConnectFailure, type DatabaseSecret, NotConnected, type Session } from '../function.ts'
import { mariadb } from '../mysql.ts'
import { identifier, literal } from '../mysql-text.ts'

/** Logins on a MariaDB of the tests, and what a server says of its accounts. */

/** Ends a test that hangs. */
export const signal = AbortSignal.timeout(120_000)

/** What is otherwise than in a login of `secretOf`. */
export type Changes = Partial<Omit<DatabaseSecret, 'password'>>

export const secretOf = (
  server: Mariadb,
  username: string,
  password: string,
  changes: Changes = {},
): DatabaseSecret => ({
  engine: 'mariadb',
  host: server.host,
  port: server.port,
  username,
  password: new Secret(password),
  tls: 'try',
  ...changes,
})

export const rootOf = (server: Mariadb, changes: Changes = {}) =>
  mariadb.connect(secretOf(server, server.root.username, server.root.password, changes), signal)

/** Why no login came about; undefined when one did. */
export async function failureOf(secret: DatabaseSecret): Promise<ConnectFailure | undefined> {
  let session: Session
  try {
    session = await mariadb.connect(secret, signal)
  } catch (error) {
    assert.ok(error instanceof NotConnected, String(error))
    if (secret.password.reveal().length > 3)
      assert.ok(!JSON.stringify([error.message, error.cause]).includes(secret.password.reveal()))
    return error.failure
  }
  await session.probe()
  await session.close()
  return undefined
}

/** The grants of an account as text, without its name and password. */
export async function grantsOf(server: Mariadb, name: string, host: string): Promise<string[]> {
  const rows = await server.run(
    `SET sql_mode = 'NO_BACKSLASH_ESCAPES', sql_quote_show_create = 1`,
    `SHOW GRANTS FOR ${literal(name)}@${literal(host)}`,
  )
  // in whatever order the server has them in memory
  const written = rows.map((row) =>
    String(Object.values(row)[0])
      .replaceAll(`TO ${identifier(name)}@`, 'TO @')
      .replaceAll(`FOR ${identifier(name)}@`, 'FOR @')
      .replace(/ IDENTIFIED BY PASSWORD '[^']*'/, ''),
  )
  return written.toSorted()
}
