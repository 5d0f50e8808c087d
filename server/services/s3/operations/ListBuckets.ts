import type { ListBucketsRequest } from '@aws-sdk/client-s3'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'

const MOST_BUCKETS = 10_000

interface Listed {
  readonly Owner: { readonly ID: string }
  readonly Buckets: readonly { readonly Name: string; readonly CreationDate: Date; readonly BucketRegion: string }[]
  readonly ContinuationToken: string | undefined
  readonly Prefix: string | undefined
}

/** The buckets that trails of the account deliver to. Source: API_ListBuckets. */
export const ListBuckets = operation<ListBucketsRequest, Listed>()({
  name: 'ListBuckets',
  effect: 'read',
  xml: {
    method: 'GET',
    on: 'service',
    query: {
      MaxBuckets: 'max-buckets',
      ContinuationToken: 'continuation-token',
      Prefix: 'prefix',
      BucketRegion: 'bucket-region',
    },
    answer: { root: 'ListAllMyBucketsResult', items: { Buckets: 'Bucket' } },
  },
  input: {
    MaxBuckets: members.MaxBuckets,
    ContinuationToken: members.Token,
    Prefix: members.Prefix,
    BucketRegion: members.BucketRegion,
  },
  errors: [],
  target: () => ({ action: 's3:ListAllMyBuckets', resource: '*' }),
  async run({ MaxBuckets = MOST_BUCKETS, ContinuationToken = '', Prefix, BucketRegion }, { buckets }, { account }) {
    const all = (await buckets.of(account)).filter(
      ({ bucket, region }) =>
        bucket > ContinuationToken &&
        bucket.startsWith(Prefix ?? '') &&
        (BucketRegion === undefined || region === BucketRegion),
    )
    const page = all.slice(0, MaxBuckets)
    return {
      Owner: { ID: account },
      Buckets: page.map(({ bucket, region, createdAt }) => ({
        Name: bucket,
        CreationDate: new Date(createdAt),
        BucketRegion: region,
      })),
      ContinuationToken: all.length > page.length ? page.at(-1)?.bucket : undefined,
      Prefix,
    }
  },
})
