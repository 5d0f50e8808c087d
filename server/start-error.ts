/** Why the server can't start, for a person: what happened (lower case, no full stop), and what to do about it. */
export class StartError extends Error {
  readonly hint: string | undefined
  constructor(what: string, hint?: string, cause?: unknown) {
    super(what, { cause })
    this.name = 'StartError'
    this.hint = hint
  }
}
