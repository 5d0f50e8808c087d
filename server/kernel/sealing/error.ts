/** Why the store's keys can't be opened, for a person: what happened (lower case, no full stop), and what to do about it. */
export class SealError extends Error {
  readonly hint: string

  constructor(what: string, hint: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : { cause })
    this.name = 'SealError'
    this.hint = hint
  }
}
