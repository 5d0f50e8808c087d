import type { HeadBucketRequest } from '@aws-sdk/client-s3'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { owned } from '../owned.ts'
import { bucketTarget } from '../target.ts'

interface Known {
  readonly BucketRegion: string
}

/** Whether there is such a bucket of the caller's. Source: API_HeadBucket. */
export const HeadBucket = operation<HeadBucketRequest, Known>()({
  name: 'HeadBucket',
  effect: 'read',
  xml: {
    method: 'HEAD',
    on: 'bucket',
    headers: { ExpectedBucketOwner: 'x-amz-expected-bucket-owner' },
    answer: { headers: { BucketRegion: 'x-amz-bucket-region' } },
  },
  input: { Bucket: required(members.BucketName), ExpectedBucketOwner: members.AccountId },
  errors: ['NoSuchBucket', 'NotFound'],
  target: ({ Bucket }) => bucketTarget(Bucket, 'ListBucket'),
  async run(input, env, call) {
    const { region } = await owned(env, call, input)
    return { BucketRegion: region }
  },
})
