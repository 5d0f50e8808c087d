import type * as Sdk from '@aws-sdk/client-s3'
import { decide, refusal } from '#kernel/authorization/authorize'
import { ApiError } from '#kernel/error'
import type { Objects } from '#kernel/objects/objects'
import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'
import type { OperationName } from '#kernel/wire'
import type { TrailBucketsFor } from '../cloudtrail/port.ts'
import { notYet } from './not-yet.ts'
import type { Env } from './operation.ts'
import { GetBucketLocation } from './operations/GetBucketLocation.ts'
import { GetObject } from './operations/GetObject.ts'
import { HeadBucket } from './operations/HeadBucket.ts'
import { HeadObject } from './operations/HeadObject.ts'
import { ListBuckets } from './operations/ListBuckets.ts'
import { ListObjects } from './operations/ListObjects.ts'
import { ListObjectsV2 } from './operations/ListObjectsV2.ts'
import { bucketTarget } from './target.ts'

const operations = {
  GetBucketLocation,
  GetObject,
  HeadBucket,
  HeadObject,
  ListBuckets,
  ListObjects,
  ListObjectsV2,
} satisfies Partial<Record<OperationName<typeof Sdk>, AnyOperation>>

/** What AWS has and is not offered. */
export type NotYet = Exclude<OperationName<typeof Sdk>, keyof typeof operations>

/** What the façade is built from. */
export interface Parts {
  readonly bucketsFor: TrailBucketsFor
  readonly objects: Objects | undefined
  /** Takes away the encryption that a trail's key of KMS gave an object, in the caller's name. */
  readonly clear?: (unit: Parameters<Service['env']>[0], call: Parameters<Service['env']>[1]) => Env['clear']
}

/**
 * A façade of S3, read-only, over what trails deliver: enough for the AWS CLI and SDKs to list and read log files and digests. Reads are
 * recorded as management events: there are no selectors of data events here, and who read the trail is what an auditor asks.
 */
export function s3({ bucketsFor, objects, clear }: Parts): Service<Env> {
  return {
    name: 's3',
    signingName: 's3',
    eventSource: 's3.amazonaws.com',
    clockWindowMinutes: 15,
    xml: true,
    wording: { validation: 'InvalidArgument', modelled: 'message', failure: 'InternalError' },
    operations,
    notYet: Object.keys(notYet),
    env: (unit, call) => ({
      buckets: bucketsFor(unit),
      objects,
      mayList: (bucket) => decide(call, 's3', 's3:ListBucket', bucketTarget(bucket, 'ListBucket')).allowed,
      clear: clear?.(unit, call) ?? (async (_bucket, _key, _metadata, body) => body),
    }),
    denied: (decision, call, action, target) =>
      new ApiError('AccessDenied', refusal(decision, call, action, target), 403, {
        ...{ decision, call, service: 's3', action, target },
      }),
  }
}
