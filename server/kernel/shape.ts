/**
 * Input members as data. From one record come parsing, the validation sentence, redaction, documentation and the
 * generators of the tests. Constraints are AWS's and carried by each service's `model/members.ts`.
 */
interface Described {
  readonly required?: true
  /** The value never appears in an error text, log or audit record. */
  readonly sensitive?: true
}

export interface Text extends Described {
  readonly kind: 'string'
  /** Characters (code points): least and most. */
  readonly length?: readonly [number, number]
  /** Printed in the validation sentence as written here; must match the whole value. Linear-time expressions only. */
  readonly pattern?: string
  readonly oneOf?: readonly string[]
  /** Most bytes in UTF-8, where AWS counts bytes (SecretString): reported as a length that is too great. */
  readonly sizeBytes?: number
}
export interface Whole extends Described {
  readonly kind: 'integer'
  readonly range?: readonly [number, number]
  /** A 64-bit member: accepted up to 2^53. */
  readonly long?: true
  /** Any number, not only whole ones. */
  readonly fraction?: true
  /** NaN and the infinities come through, for the operation to refuse in its own words. */
  readonly special?: true
}
export interface Flag extends Described {
  readonly kind: 'boolean'
}
export interface Moment extends Described {
  readonly kind: 'timestamp'
}
export interface Bytes extends Described {
  readonly kind: 'blob'
  /** Bytes after base64 decoding: least and most. */
  readonly length?: readonly [number, number]
}
export interface List<Item extends Shape = Shape> extends Described {
  readonly kind: 'list'
  readonly of: Item
  readonly length?: readonly [number, number]
}
export interface Dict<Value extends Shape = Shape> extends Described {
  readonly kind: 'map'
  readonly key: Text
  readonly value: Value
  readonly length?: readonly [number, number]
}
export interface Struct<Members extends Record<string, Shape> = Record<string, Shape>> extends Described {
  readonly kind: 'structure'
  readonly members: Members
}
export type Shape = Text | Whole | Flag | Moment | Bytes | List | Dict | Struct

/** The same member, but it must be there. */
export function required<S extends Shape>(shape: S): S & { readonly required: true } {
  return { ...shape, required: true }
}

/** The descriptor that fits a TypeScript type of the SDK. */
export type MemberOf<T> = [T] extends [string]
  ? Text
  : [T] extends [number]
    ? Whole
    : [T] extends [boolean]
      ? Flag
      : [T] extends [Date]
        ? Moment
        : [T] extends [Uint8Array]
          ? Bytes
          : [T] extends [readonly (infer E)[]]
            ? List<MemberOf<NonNullable<E>> & Shape>
            : string extends keyof T
              ? Dict<MemberOf<NonNullable<T[keyof T]>> & Shape>
              : Struct<ShapeOf<T>>

/** For every member of an SDK request a descriptor of the matching kind. */
export type ShapeOf<T> = { readonly [K in keyof T & string]-?: MemberOf<NonNullable<T[K]>> & Shape }

/** The request as `run` receives it: required members present, the others perhaps. */
export type Checked<T, S> = {
  readonly [K in keyof T as S extends Record<K, { required: true }> ? K : never]-?: NonNullable<T[K]>
} & {
  readonly [K in keyof T as S extends Record<K, { required: true }> ? never : K]?: NonNullable<T[K]> | undefined
}
