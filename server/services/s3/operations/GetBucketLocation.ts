import type { GetBucketLocationRequest } from '@aws-sdk/client-s3'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { owned } from '../owned.ts'
import { bucketTarget } from '../target.ts'

interface Located {
  readonly LocationConstraint: string
}

/** Where a bucket is: the home of the trail that made it; nothing is said for us-east-1. Source: API_GetBucketLocation. */
export const GetBucketLocation = operation<GetBucketLocationRequest, Located>()({
  name: 'GetBucketLocation',
  effect: 'read',
  xml: {
    method: 'GET',
    on: 'bucket',
    parameter: 'location',
    headers: { ExpectedBucketOwner: 'x-amz-expected-bucket-owner' },
    answer: { root: 'LocationConstraint', text: 'LocationConstraint' },
  },
  input: { Bucket: required(members.BucketName), ExpectedBucketOwner: members.AccountId },
  errors: ['NoSuchBucket'],
  target: ({ Bucket }) => bucketTarget(Bucket, 'GetBucketLocation'),
  async run(input, env, call) {
    const { region } = await owned(env, call, input)
    return { LocationConstraint: region === 'us-east-1' ? '' : region }
  },
})
