import type { ListObjectsV2Request } from '@aws-sdk/client-s3'
import { required } from '#kernel/shape'
import { contentOf, pageOf, shownAs } from '../listing.ts'
import * as members from '../model/members.ts'
import { badArgument } from '../model/refusals.ts'
import { operation } from '../operation.ts'
import { owned } from '../owned.ts'
import { bucketTarget } from '../target.ts'

interface Listed {
  readonly Name: string
  readonly Prefix: string
  readonly StartAfter: string | undefined
  readonly ContinuationToken: string | undefined
  readonly NextContinuationToken: string | undefined
  readonly KeyCount: number
  readonly MaxKeys: number
  readonly Delimiter: string | undefined
  readonly EncodingType: string | undefined
  readonly IsTruncated: boolean
  readonly Contents: readonly object[]
  readonly CommonPrefixes: readonly { readonly Prefix: string }[]
}

/** Where a token goes on; nobody but the caller's own bucket is behind it, so it is no secret. */
function afterToken(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (token === '' || Buffer.from(text).toString('base64url') !== token)
    throw badArgument('The continuation token provided is incorrect')
  return text
}

/** Keys of a bucket, by token. Source: API_ListObjectsV2. */
export const ListObjectsV2 = operation<ListObjectsV2Request, Listed>()({
  name: 'ListObjectsV2',
  effect: 'read',
  xml: {
    method: 'GET',
    on: 'bucket',
    parameter: 'list-type=2',
    query: {
      Delimiter: 'delimiter',
      EncodingType: 'encoding-type',
      MaxKeys: 'max-keys',
      Prefix: 'prefix',
      ContinuationToken: 'continuation-token',
      FetchOwner: 'fetch-owner',
      StartAfter: 'start-after',
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
    MaxKeys: members.MaxKeys,
    Prefix: members.Prefix,
    ContinuationToken: members.Token,
    FetchOwner: members.FetchOwner,
    StartAfter: members.Marker,
    RequestPayer: members.RequestPayer,
    ExpectedBucketOwner: members.AccountId,
    OptionalObjectAttributes: members.Attributes,
  },
  errors: ['NoSuchBucket'],
  target: ({ Bucket, Prefix, Delimiter }) =>
    bucketTarget(Bucket, 'ListBucket', { 's3:prefix': Prefix ?? '', 's3:delimiter': Delimiter }),
  async run(input, env, call) {
    await owned(env, call, input)
    const { Bucket, Prefix = '', Delimiter = '', MaxKeys = 1000, EncodingType, StartAfter, ContinuationToken } = input
    const shown = shownAs(EncodingType)
    const after = ContinuationToken === undefined ? (StartAfter ?? '') : afterToken(ContinuationToken)
    const asked = { prefix: Prefix, delimiter: Delimiter, after, most: MaxKeys }
    const { contents, prefixes, next } = await pageOf(env, Bucket, asked)
    const owner = input.FetchOwner === true ? { Owner: { ID: call.account, DisplayName: call.account } } : {}
    return {
      Name: Bucket,
      Prefix: shown(Prefix),
      StartAfter: StartAfter === undefined ? undefined : shown(StartAfter),
      ContinuationToken,
      NextContinuationToken: next === undefined ? undefined : Buffer.from(next).toString('base64url'),
      KeyCount: contents.length + prefixes.length,
      MaxKeys,
      Delimiter: Delimiter === '' ? undefined : shown(Delimiter),
      EncodingType,
      IsTruncated: next !== undefined,
      Contents: contents.map((found) => ({ ...contentOf(found, shown), ...owner })),
      CommonPrefixes: prefixes.map((each) => ({ Prefix: shown(each) })),
    }
  },
})
