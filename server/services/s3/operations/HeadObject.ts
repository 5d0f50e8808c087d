import type { HeadObjectRequest } from '@aws-sdk/client-s3'
import { required } from '#kernel/shape'
import * as members from '../model/members.ts'
import { operation } from '../operation.ts'
import { BINDINGS, HEADERS, read } from '../reading.ts'
import { objectTarget } from '../target.ts'

type Read = Awaited<ReturnType<typeof read>>

/** What is known of a delivered file. Source: API_HeadObject. */
export const HeadObject = operation<HeadObjectRequest, Read>()({
  name: 'HeadObject',
  effect: 'read',
  xml: {
    method: 'HEAD',
    on: 'object',
    ...BINDINGS,
    answer: { headers: HEADERS, metadata: 'Metadata', status: 'StatusCode', payload: 'Body' },
  },
  input: {
    Bucket: required(members.BucketName),
    Key: required(members.ObjectKey),
    IfMatch: members.CopyText,
    IfModifiedSince: members.Moment,
    IfNoneMatch: members.CopyText,
    IfUnmodifiedSince: members.Moment,
    Range: members.CopyText,
    ResponseCacheControl: members.CopyText,
    ResponseContentDisposition: members.CopyText,
    ResponseContentEncoding: members.CopyText,
    ResponseContentLanguage: members.CopyText,
    ResponseContentType: members.CopyText,
    ResponseExpires: members.Moment,
    VersionId: members.VersionId,
    SSECustomerAlgorithm: members.CopyText,
    SSECustomerKey: members.CustomerKey,
    SSECustomerKeyMD5: members.CopyText,
    RequestPayer: members.RequestPayer,
    PartNumber: members.PartNumber,
    ExpectedBucketOwner: members.AccountId,
    ChecksumMode: members.ChecksumMode,
  },
  errors: ['NoSuchKey', 'NoSuchBucket', 'NotFound'],
  target: ({ Bucket, Key }) => objectTarget(Bucket, Key),
  run: (input, env, call) => read(input, env, call),
})
