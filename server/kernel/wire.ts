/** Type helpers over the official SDK packages (`import type * as Sdk`): the compiler knows what AWS has. */

/** Names of the operations that an SDK package has, from its `…Command` classes. */
export type OperationName<Sdk> = keyof Sdk extends infer K
  ? K extends `${infer Name}Command`
    ? Name extends '$'
      ? never
      : Name
    : never
  : never

/** Names of the errors that an SDK package knows. */
export type ErrorName<Sdk> = {
  [K in keyof Sdk]: Sdk[K] extends abstract new (
    ...args: never[]
  ) => { readonly name: infer N; readonly $fault: 'client' | 'server' }
    ? N extends string
      ? string extends N
        ? never
        : N
      : never
    : never
}[keyof Sdk]

/** An SDK output of which the members in `Always` are always answered. */
export type Answer<Out, Always extends keyof Out> = Out & { readonly [K in Always]-?: NonNullable<Out[K]> }
