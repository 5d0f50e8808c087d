import assert from 'node:assert/strict'
import { Secret } from '#kernel/values/bytes'
import { type ConnectFailure, type DatabaseSecret, NotConnected, type Session } from '../../function.ts'
import { mongodb } from '../../mongodb.ts'

/** Logins on a MongoDB in small, for tests. */

export const never = new AbortController().signal

/** The superuser's login, unless it is changed. */
export const login = (server: { port: number }, change: Partial<DatabaseSecret> = {}): DatabaseSecret => ({
  engine: 'mongo',
  host: '127.0.0.1',
  port: server.port,
  username: 'chief',
  password: new Secret('of the chief'),
  tls: 'try',
  ...change,
})

export const as = (username: string, password: string, dbname?: string) => ({
  username,
  password: new Secret(password),
  dbname,
})

/** Does something with a session and closes it. */
export async function using<T>(secret: DatabaseSecret, act: (session: Session) => Promise<T>): Promise<T> {
  const session = await mongodb.connect(secret, never)
  try {
    return await act(session)
  } finally {
    await session.close()
  }
}

/** For assert.rejects: no session, for this reason. */
export const failure = (expected: ConnectFailure, message?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof NotConnected, String(error))
  assert.equal(error.failure, expected, error.message)
  if (message !== undefined) assert.match(error.message, message)
  return true
}
