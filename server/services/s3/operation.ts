import type * as Sdk from '@aws-sdk/client-s3'
import type { Objects } from '#kernel/objects/objects'
import { operationsOf } from '#kernel/operation'
import type { TrailBuckets } from '../cloudtrail/port.ts'

/** What the operations of the façade work with: bound to one call and its unit of work. */
export interface Env {
  /** Whose which bucket is. */
  readonly buckets: TrailBuckets
  /** Where the objects lie; undefined: they are delivered elsewhere. */
  readonly objects: Objects | undefined
  /** Whether the caller may learn what is in a bucket, and so what is not. */
  mayList(bucket: string): boolean
  /** The bytes of an object, its encryption taken away in the caller's name. */
  clear(bucket: string, key: string, metadata: Readonly<Record<string, string>>, body: Buffer): Promise<Buffer>
}

/** Declares an operation of S3. */
export const operation = operationsOf<typeof Sdk, Env>()
