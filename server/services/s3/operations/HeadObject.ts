import type { HeadObjectRequest } from '@aws-sdk/client-s3'
import { operation } from '../operation.ts'
import { BINDINGS, INPUT, read } from '../reading.ts'
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
  },
  input: INPUT,
  errors: ['NoSuchKey', 'NoSuchBucket', 'NotFound'],
  target: ({ Bucket, Key }) => objectTarget(Bucket, Key),
  run: (input, env, call) => read(input, env, call),
})
