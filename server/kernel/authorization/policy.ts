/** A value of a condition key: one text, or several for multi-valued keys such as aws:TagKeys. */
export type ContextValue = string | readonly string[]

/** Answers for a condition key in lower case (`aws:sourceip`), undefined when the request does not carry it. */
export type Context = (lowerCaseKey: string) => ContextValue | undefined

/** A policy document, checked and made ready for matching. Opaque; made by `compile`. */
export interface Compiled {
  readonly source: string
  readonly statements: readonly unknown[]
}
