import type { Unit } from '#kernel/storage/storage'

/** A value that a service measured, or what many came to. */
export interface Datum {
  readonly name: string
  /** In any order. */
  readonly dimensions?: readonly (readonly [name: string, value: string])[]
  readonly value?: number
  readonly stats?: { readonly count: number; readonly sum: number; readonly min: number; readonly max: number }
  /** One of CloudWatch's units; default `None`. */
  readonly unit?: string
  /** Milliseconds. */
  readonly time: number
}

/** By which services put metrics: into an account's own, also into namespaces that callers may not put into. */
export interface Measures {
  /**
   * Adds to the metrics of a cell, in the unit of what is told by them. Values that are too old, too far ahead or not finite, and new
   * metrics of an account that has as many as it may have, are left out: a measure must not undo what it measures.
   */
  put(
    unit: Unit,
    measured: {
      readonly account: string
      readonly region: string
      readonly namespace: string
      readonly data: readonly Datum[]
    },
  ): Promise<void>
}
