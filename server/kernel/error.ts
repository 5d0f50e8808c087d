/**
 * An answer that is a refusal: AWS's code, AWS's words. Whoever throws it names the source of the text beside it.
 * Anything else that escapes an operation is our bug and becomes InternalFailure.
 */
export class ApiError extends Error {
  readonly code: string
  /** HTTP status; most JSON services say 400 for everything that is the caller's fault. */
  readonly status: number

  constructor(code: string, message = '', status = 400) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}
