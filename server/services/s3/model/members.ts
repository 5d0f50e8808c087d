/** Members of S3's requests. Most of their rules are not checked: nothing is written here. Source: S3 API Reference. */

const text = { kind: 'string' } as const
export const BucketName = text
export const ObjectKey = text
export const AccountId = text
export const RequestPayer = text
export const ChecksumMode = text
export const CopyText = text
export const Moment = { kind: 'timestamp' } as const
export const PartNumber = { kind: 'integer' } as const
export const VersionId = text
export const CustomerKey = { kind: 'string', sensitive: true } as const
export const Delimiter = text
export const EncodingType = text
export const Marker = text
export const Prefix = text
export const MaxKeys = { kind: 'integer' } as const
export const Token = text
export const FetchOwner = { kind: 'boolean' } as const
export const Attributes = { kind: 'list', of: text } as const
export const MaxBuckets = { kind: 'integer', range: [1, 10_000] } as const
export const BucketRegion = text
