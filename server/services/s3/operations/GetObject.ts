import type { GetObjectRequest } from '@aws-sdk/client-s3'
import { operation } from '../operation.ts'
import { BINDINGS, INPUT, read } from '../reading.ts'
import { objectTarget } from '../target.ts'

type Read = Awaited<ReturnType<typeof read>>

/** A delivered file, or a part of it. Source: API_GetObject. */
export const GetObject = operation<GetObjectRequest, Read>()({
  name: 'GetObject',
  effect: 'read',
  xml: {
    method: 'GET',
    on: 'object',
    ...BINDINGS,
  },
  input: INPUT,
  errors: ['NoSuchKey', 'NoSuchBucket'],
  target: ({ Bucket, Key }) => objectTarget(Bucket, Key),
  run: (input, env, call) => read(input, env, call),
})
