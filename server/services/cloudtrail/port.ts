import type { Unit } from '#kernel/storage/storage'

/** A bucket that trails of an account deliver to. */
export interface TrailBucket {
  readonly bucket: string
  readonly account: string
  /** The home of the trail that named it first. */
  readonly region: string
  /** Milliseconds. */
  readonly createdAt: number
}

/** Whose which bucket of delivered files is. */
export interface TrailBuckets {
  find(bucket: string): Promise<TrailBucket | undefined>
  /** By their names. */
  of(account: string): Promise<readonly TrailBucket[]>
}

export type TrailBucketsFor = (unit: Unit) => TrailBuckets
