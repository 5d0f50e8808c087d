import { gunzipSync } from 'node:zlib'
import { ApiError } from '#kernel/error'

/**
 * A compressed body, inflated. Only for bodies whose signature was found right (it is made over the compressed bytes), and never
 * to more than a bound: trap 14. Assumed: the codes; AWS's own for these are not known.
 */
export function inflated(body: Buffer, encoding: string, mostBytes: number): Buffer {
  if (encoding.trim().toLowerCase() !== 'gzip')
    throw new ApiError('SerializationException', 'The Content-Encoding of the request is not supported.')
  try {
    return gunzipSync(body, { maxOutputLength: mostBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new ApiError('RequestEntityTooLargeException', 'The request is too large.', 413)
    throw new ApiError('SerializationException', 'The request body can not be inflated.')
  }
}
