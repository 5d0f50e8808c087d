import type { Call } from '#kernel/call'
import type { TrailBucket } from '../cloudtrail/port.ts'
import { accessDenied, noSuchBucket } from './model/refusals.ts'
import type { Env } from './operation.ts'

/**
 * The caller's bucket. One of another account is like one that is not there: nothing of one account shows in another. Assumed: that
 * AWS, whose names of buckets anybody can look up, says AccessDenied there.
 */
export async function owned(
  { buckets }: Env,
  call: Call,
  { Bucket, ExpectedBucketOwner }: { readonly Bucket: string; readonly ExpectedBucketOwner?: string | undefined },
): Promise<TrailBucket> {
  const found = await buckets.find(Bucket)
  if (found?.account !== call.account) throw noSuchBucket(Bucket)
  if (ExpectedBucketOwner !== undefined && ExpectedBucketOwner !== call.account) throw accessDenied()
  return found
}
