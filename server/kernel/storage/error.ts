/**
 * What went wrong with the store itself, worded for the person who runs it: lower case, what happened; `hint` says what
 * to do. Carries no parameter of a statement and no password.
 */
export class StorageError extends Error {
  readonly hint: string | undefined
  /** The engine's code where there is one: `SQLITE_FULL`'s number, a SQLSTATE, `ECONNREFUSED`. */
  readonly code: string | undefined

  constructor(message: string, more: { hint?: string; code?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'StorageError'
    this.hint = more.hint
    this.code = more.code
  }
}
