import { STATUS_CODES } from 'node:http'
import { ApiError } from '#kernel/error'
import { jsonError, queryError, type Reply, restError } from '#kernel/protocol/reply'
import type { Allowance } from '#kernel/routes'

/** Why a request was turned away before the pipeline saw it; the label in metrics. */
export type Reason =
  | 'headers-too-many'
  | 'body-too-large'
  | 'body-encoded'
  | 'overloaded'
  | 'pipelined'
  | 'foreign-origin'
  | 'not-http'
  | 'too-slow'
  | 'unknown-key'

/**
 * The answer to a request that is turned away before anybody looked who sent it: form posts get the XML of AWS's Query
 * protocol, operations with an allowance of their own REST-JSON, all others AWS's JSON. Sources: CommonErrors of Secrets Manager
 * and STS; secretsmanager.md 1.5; rotation.md 14.1.
 */
export function refusal(
  reason: Reason,
  requestId: string,
  contentType: string | undefined,
  allowance?: Allowance,
): Reply {
  const error = errorOf(reason)
  if (allowance?.bodyBytes !== undefined) {
    const { operation, bodyBytes } = allowance
    const text = `Request must be smaller than ${bodyBytes} bytes for the ${operation} operation`
    return restError(requestId, reason === 'body-too-large' ? new ApiError(error.code, text, 413) : error)
  }
  return contentType?.startsWith('application/x-www-form-urlencoded') === true
    ? queryError(
        undefined,
        requestId,
        reason === 'overloaded' || reason === 'pipelined' ? throttling('Throttling') : error,
      )
    : jsonError('1.1', requestId, error)
}

// 400 as AWS has it: its SDKs back off by the code. Sources: CommonErrors of Secrets Manager, KMS, IAM and STS.
const throttling = (code: string): ApiError => new ApiError(code, 'Rate exceeded', 400)

function errorOf(reason: Reason): ApiError {
  switch (reason) {
    case 'headers-too-many':
      return new ApiError('RequestHeaderFieldsTooLarge', 'The request has too many headers.', 431)
    case 'body-too-large':
      return new ApiError('RequestEntityTooLargeException', 'The request is too large.', 413)
    case 'body-encoded':
      return new ApiError('UnsupportedMediaTypeException', 'The content encoding of the request is not supported.', 415)
    case 'overloaded':
    case 'pipelined':
      return throttling('ThrottlingException')
    case 'foreign-origin':
      return new ApiError(
        'AccessDeniedException',
        'strongroom dev answers requests to localhost or 127.0.0.1 only, and none that a page of another origin sent.',
        403,
      )
    case 'not-http':
      return new ApiError('BadRequest', '', 400)
    case 'unknown-key':
      return new ApiError('UnrecognizedClientException', 'The security token included in the request is invalid.', 403)
    case 'too-slow':
      return new ApiError('RequestTimeout', 'The request was not received in time.', 408)
  }
}

const PLAIN = new Map(
  [400, 405, 408, 413, 431].map((status) => [
    status,
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  ]),
)

/** A whole answer as bytes, for what is not HTTP enough to be answered by node:http. Says nothing but the status. */
export function plainAnswer(status: 400 | 405 | 408 | 413 | 431, date: string): string {
  return (PLAIN.get(status) ?? '').replace('\r\n', `\r\nDate: ${date}\r\n`)
}

/** The status for an error of node's HTTP parser; undefined when the peer can't be told anything (a broken socket, TLS). */
export function statusOfParserError(code: string | undefined): 400 | 408 | 413 | 431 | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413
  return code?.startsWith('HPE_') === true ? 400 : undefined
}
