import { ApiError } from '#kernel/error'

/** What S3 refuses, in its words. Source: S3 API Reference, list of error codes. */

export const noSuchBucket = (BucketName: string) =>
  new ApiError('NoSuchBucket', 'The specified bucket does not exist', 404, undefined, { members: { BucketName } })

export const noSuchKey = (Key: string) =>
  new ApiError('NoSuchKey', 'The specified key does not exist.', 404, undefined, { members: { Key } })

export const accessDenied = () => new ApiError('AccessDenied', 'Access Denied', 403)

export const badRange = () => new ApiError('InvalidRange', 'The requested range is not satisfiable', 416)

export const preconditionFailed = () =>
  new ApiError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', 412)

export const notModified = () => new ApiError('NotModified', '', 304)

export const badArgument = (text: string) => new ApiError('InvalidArgument', text, 400)
