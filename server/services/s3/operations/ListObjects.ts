import type { ListObjectsRequest } from '@aws-sdk/client-s3'
import { required } from '#kernel/shape'
import { contentOf, pageOf, shownAs } from '../listing.ts'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { owned } from '../owned.ts'
import { bucketTarget } from '../target.ts'

interface Listed {
  readonly Name: string
  readonly Prefix: string
  readonly Marker: string
  readonly NextMarker: string | undefined
  readonly MaxKeys: number
  readonly Delimiter: string | undefined
  readonly EncodingType: string | undefined
  readonly IsTruncated: boolean
  readonly Contents: readonly object[]
  readonly CommonPrefixes: readonly { readonly Prefix: string }[]
}

/** Keys of a bucket, by marker: what `aws cloudtrail validate-logs` lists digests with. Source: API_ListObjects; surroundings.md trap 8. */
export const ListObjects = operation<ListObjectsRequest, Listed>()({
  name: 'ListObjects',
  effect: 'read',
  xml: {
    method: 'GET',
    on: 'bucket',
    query: {
      Delimiter: 'delimiter',
      EncodingType: 'encoding-type',
      Marker: 'marker',
      MaxKeys: 'max-keys',
      Prefix: 'prefix',
    },
    headers: {
      RequestPayer: 'x-amz-request-payer',
      ExpectedBucketOwner: 'x-amz-expected-bucket-owner',
      OptionalObjectAttributes: 'x-amz-optional-object-attributes',
    },
    answer: { root: 'ListBucketResult', flat: ['Contents', 'CommonPrefixes'] },
  },
  input: {
    Bucket: required(members.BucketName),
    Delimiter: members.Delimiter,
    EncodingType: members.EncodingType,
    Marker: members.Marker,
    MaxKeys: members.MaxKeys,
    Prefix: members.Prefix,
    RequestPayer: members.RequestPayer,
    ExpectedBucketOwner: members.AccountId,
    OptionalObjectAttributes: members.Attributes,
  },
  errors: ['NoSuchBucket'],
  target: ({ Bucket, Prefix, Delimiter }) =>
    bucketTarget(Bucket, 'ListBucket', { 's3:prefix': Prefix ?? '', 's3:delimiter': Delimiter }),
  async run(input, env, call) {
    await owned(env, call, input)
    const { Bucket, Prefix = '', Delimiter = '', Marker = '', MaxKeys = 1000, EncodingType } = input
    const shown = shownAs(EncodingType)
    const asked = { prefix: Prefix, delimiter: Delimiter, after: Marker, most: MaxKeys }
    const { contents, prefixes, next } = await pageOf(env, Bucket, asked)
    const Owner = { ID: call.account, DisplayName: call.account }
    return {
      Name: Bucket,
      Prefix: shown(Prefix),
      Marker: shown(Marker),
      // Without a delimiter the last key is where to go on. Source: API_ListObjects.
      NextMarker: next === undefined || Delimiter === '' ? undefined : shown(next),
      MaxKeys,
      Delimiter: Delimiter === '' ? undefined : shown(Delimiter),
      EncodingType,
      IsTruncated: next !== undefined,
      Contents: contents.map((found) => ({ ...contentOf(found, shown), Owner })),
      CommonPrefixes: prefixes.map((each) => ({ Prefix: shown(each) })),
    }
  },
})
