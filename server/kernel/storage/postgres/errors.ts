import { StorageError } from '#kernel/storage/error'

/** Codes after which the unit runs again: serialization failure, deadlock, unique key. Source: PostgreSQL appendix A. */
const CONFLICTS = new Set(['40001', '40P01', '23505'])

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** Another unit was in the way: run again. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error) ?? '')
}

/**
 * The connection is gone or the server is going: class 08 (connection), 57P0x (shutdown, crash), 25006 (the node has
 * become a standby), or an error of the socket, which has no SQLSTATE.
 */
export function isLost(error: unknown): boolean {
  const code = codeOf(error)
  if (code === undefined) return error instanceof Error && /connection|client was closed|timeout/i.test(error.message)
  return /^(08|57P0)/.test(code) || code === '25006' || !/^[0-9A-Z]{5}$/.test(code)
}

/** Texts of these errors may quote a value. Class 22: data exception; 23: the row that breaks a constraint. */
const QUOTING = /^2[23]/

/**
 * An error of PostgreSQL or its driver as one of ours. Only code and primary text are kept, and no text that may quote
 * a value; never `detail` (it holds the row) nor the driver's own error (it may hold the connection's settings).
 */
export function engineError(what: string, error: unknown): StorageError {
  if (error instanceof StorageError) return error
  const code = codeOf(error)
  const text = error instanceof Error ? error.message : String(error)
  const constraint = (error as { constraint?: unknown }).constraint
  const shown =
    code !== undefined && QUOTING.test(code)
      ? `SQLSTATE ${code}${typeof constraint === 'string' ? `, constraint ${constraint}` : ''}`
      : text
  return new StorageError(`${what}: ${shown}`, {
    ...(code === undefined ? {} : { code }),
    ...(isLost(error) ? { hint: 'is the database up, and may this machine reach it?' } : {}),
  })
}
