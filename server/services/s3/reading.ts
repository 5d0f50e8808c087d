import type { Found } from '#kernel/objects/objects'
import type { Call } from '#kernel/call'
import { required } from '#kernel/shape'
import * as members from './model/members.ts'
import { rangeOf } from './model/range.ts'
import { accessDenied, badRange, noSuchKey, notModified, preconditionFailed } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { owned } from './owned.ts'

/** The members of both requests. */
export const INPUT = {
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
} as const

/** What GetObject and HeadObject are asked. */
export interface Wanted {
  readonly Bucket: string
  readonly Key: string
  readonly Range?: string | undefined
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
  readonly IfModifiedSince?: Date | undefined
  readonly IfUnmodifiedSince?: Date | undefined
  readonly ExpectedBucketOwner?: string | undefined
  readonly ResponseContentType?: string | undefined
  readonly ResponseContentEncoding?: string | undefined
  readonly ResponseContentDisposition?: string | undefined
  readonly ResponseContentLanguage?: string | undefined
  readonly ResponseCacheControl?: string | undefined
}

/** Members of the answer by their headers. */
const HEADERS = {
  AcceptRanges: 'Accept-Ranges',
  LastModified: 'Last-Modified',
  ETag: 'ETag',
  ContentType: 'Content-Type',
  ContentEncoding: 'Content-Encoding',
  ContentDisposition: 'Content-Disposition',
  ContentLanguage: 'Content-Language',
  CacheControl: 'Cache-Control',
  ContentRange: 'Content-Range',
  ServerSideEncryption: 'x-amz-server-side-encryption',
  SSEKMSKeyId: 'x-amz-server-side-encryption-aws-kms-key-id',
} as const

/** Where the members of both requests and of their answers stand. */
export const BINDINGS = {
  query: {
    ResponseCacheControl: 'response-cache-control',
    ResponseContentDisposition: 'response-content-disposition',
    ResponseContentEncoding: 'response-content-encoding',
    ResponseContentLanguage: 'response-content-language',
    ResponseContentType: 'response-content-type',
    ResponseExpires: 'response-expires',
    VersionId: 'versionId',
    PartNumber: 'partNumber',
  },
  headers: {
    IfMatch: 'if-match',
    IfModifiedSince: 'if-modified-since',
    IfNoneMatch: 'if-none-match',
    IfUnmodifiedSince: 'if-unmodified-since',
    Range: 'range',
    SSECustomerAlgorithm: 'x-amz-server-side-encryption-customer-algorithm',
    SSECustomerKey: 'x-amz-server-side-encryption-customer-key',
    SSECustomerKeyMD5: 'x-amz-server-side-encryption-customer-key-md5',
    RequestPayer: 'x-amz-request-payer',
    ExpectedBucketOwner: 'x-amz-expected-bucket-owner',
    ChecksumMode: 'x-amz-checksum-mode',
  },
  answer: { headers: HEADERS, metadata: 'Metadata', status: 'StatusCode', payload: 'Body' },
} as const

/** The metadata that tell of an encryption with a key of KMS; clients are told in S3's own headers. */
const ENCRYPTION = 'strongroom-'

/** An object as the caller may have it: what AWS's headers say of it, and its bytes, or the part of them that is asked for. */
export async function read(wanted: Wanted, env: Env, call: Call) {
  const { Bucket, Key } = wanted
  await owned(env, call, wanted)
  const object = await env.objects?.read(Bucket, Key)
  // Who may not list a bucket does not learn what is not in it. Source: API_GetObject, permissions.
  if (object === undefined) throw env.mayList(Bucket) ? noSuchKey(Key) : accessDenied()
  const { found } = object
  checkConditions(wanted, found)
  const { metadata } = found
  const body = await env.clear(Bucket, Key, metadata, object.body)
  const range = rangeOf(wanted.Range, body.length)
  if (range === 'unsatisfiable') throw badRange()
  const keyId = metadata[`${ENCRYPTION}key`]
  return {
    Body: range === undefined ? body : body.subarray(range.from, range.to + 1),
    AcceptRanges: 'bytes',
    LastModified: new Date(found.modifiedAt),
    ETag: `"${found.etag}"`,
    ContentType: plain(wanted.ResponseContentType) ?? found.contentType,
    ContentEncoding: plain(wanted.ResponseContentEncoding) ?? found.contentEncoding,
    ContentDisposition: plain(wanted.ResponseContentDisposition),
    ContentLanguage: plain(wanted.ResponseContentLanguage),
    CacheControl: plain(wanted.ResponseCacheControl),
    ContentRange: range === undefined ? undefined : `bytes ${range.from}-${range.to}/${body.length}`,
    ...(keyId === undefined
      ? { ServerSideEncryption: 'AES256' as const }
      : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: keyId }),
    Metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(ENCRYPTION))),
    StatusCode: range === undefined ? 200 : 206,
  }
}

/** A header that a client chose, when it is one: no line ends, nothing that is not text. */
const plain = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\x20-\x7e]{1,1024}$/.test(text) ? text : undefined

/** Source: RFC 9110, 13.2.2; API_GetObject (which goes first). */
function checkConditions(wanted: Wanted, { etag, modifiedAt }: Found): void {
  const seconds = Math.floor(modifiedAt / 1000)
  const has = (list: string) => list.split(',').some((each) => ['*', `"${etag}"`, etag].includes(each.trim()))
  const after = (date: Date) => seconds > Math.floor(date.getTime() / 1000)
  const { IfMatch, IfNoneMatch, IfModifiedSince, IfUnmodifiedSince } = wanted
  if (IfMatch !== undefined ? !has(IfMatch) : IfUnmodifiedSince !== undefined && after(IfUnmodifiedSince))
    throw preconditionFailed()
  if (IfNoneMatch !== undefined ? has(IfNoneMatch) : IfModifiedSince !== undefined && !after(IfModifiedSince))
    throw notModified()
}
