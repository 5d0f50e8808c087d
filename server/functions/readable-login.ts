import { isLoopback } from '#kernel/outbound/addresses'
import { type DatabaseSecret, NotConnected } from './function.ts'

/**
 * Logins whose password can be read on the way when they go without TLS: those of SQL Server and Redis always (`always`), those of
 * PostgreSQL, Redshift and MySQL when the server asks for the password itself (`asked`). That it has no TLS is what somebody on
 * the way would say too, so the secret has to say that it does without (`ssl` false). Where there is no other login it need not
 * when there is no way: on this machine. A server that could do otherwise and asks for the password is not believed there either:
 * any user of the machine may listen where the database is not.
 */
export function mayBeReadable({ tls, host }: DatabaseSecret, login: 'always' | 'asked'): boolean {
  if (login === 'asked') return tls === 'never'
  return tls === 'never' || (tls === 'try' && (host.toLowerCase() === 'localhost' || isLoopback(host)))
}

/** Such a login that may not be sent. */
export const readable = (): NotConnected =>
  new NotConnected(
    'tls',
    'the server offers no TLS, and without it the login would show the password to whoever listens: set `ssl` to false in the secret to allow that',
  )
