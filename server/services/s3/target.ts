import type { Target } from '#kernel/operation'

const BUCKET = 'arn:aws:s3:::'

const bucketArn = (bucket: string): string => `${BUCKET}${bucket}`

/** What an operation on a bucket asks for. */
export const bucketTarget = (bucket: string, action: string, context: Target['context'] = {}): Target => ({
  action: `s3:${action}`,
  resource: bucketArn(bucket),
  shown: `"${bucketArn(bucket)}"`,
  context,
})

/** What an operation on an object asks for. */
export const objectTarget = (bucket: string, key: string): Target => ({
  action: 's3:GetObject',
  resource: `${bucketArn(bucket)}/${key}`,
  shown: `"${bucketArn(bucket)}/${key}"`,
})
