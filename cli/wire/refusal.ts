import { exit, Failure } from '../command.ts'
import { plain } from '../style.ts'
import type { Place } from './place.ts'
import type { Answered, NoAnswer } from './transport.ts'

const MOST_TEXT = 2000

/** What a service refused: AWS's code and text. */
export class Refused extends Failure {
  /** Such as `ResourceNotFoundException`. */
  readonly aws: string
  /** AWS's own sentence. */
  readonly text: string
  readonly status: number
  readonly operation: string
  readonly requestId: string | undefined

  constructor(answer: Answered, operation: string, place: Place) {
    const { code, text } = readError(answer)
    super(`${operation}: ${code}: ${text === '' ? 'no reason was given' : text}`, hintOf(code, text, place))
    this.name = 'Refused'
    this.aws = code
    this.text = text
    this.status = answer.status
    this.operation = operation
    const id = answer.headers['x-amzn-requestid']
    this.requestId = typeof id === 'string' ? plain(id).slice(0, 100) : undefined
  }
}

/** The code and the text of an error in AWS JSON; what is none is told by its status. Both are made harmless for a terminal. */
export function readError({ status, headers, body }: Answered): { readonly code: string; readonly text: string } {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    parsed = undefined
  }
  const members = (typeof parsed === 'object' && parsed !== null ? parsed : {}) as Record<string, unknown>
  const named = members.__type ?? headers['x-amzn-errortype'] ?? members.code
  const text = members.Message ?? members.message
  // `com.amazonaws.kms#NotFoundException:http://…`
  const code = typeof named === 'string' ? named.replace(/^.*#/, '').replace(/:.*$/, '') : ''
  return {
    code: /^[\w.]{1,100}$/.test(code) ? code : `HTTP status ${status}`,
    text: typeof text === 'string' ? plain(text).slice(0, MOST_TEXT) : '',
  }
}

/** What may be tried again unchanged. Sources: AWS SDKs Reference Guide, "Retry behavior"; Secrets Manager API, "Common errors". */
export const isThrottle = ({ aws, status }: Refused): boolean =>
  status === 429 || /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/.test(aws)

/** A clock that is too far from the server's: its answer says what time it is there. */
export const isSkew = ({ aws, text }: Refused): boolean =>
  /^(RequestTimeTooSkewed|RequestExpired)$/.test(aws) ||
  (aws === 'InvalidSignatureException' && /^Signature (expired|not yet current)/.test(text))

function hintOf(code: string, text: string, { isAws }: Place): string | undefined {
  if (/^(UnknownOperation|InvalidAction|SerializationException$)/.test(code) && isAws)
    return 'AWS itself does not know this: only a Strongroom server has it'
  if (code.startsWith('UnknownOperation')) return 'is the endpoint a Strongroom server of this version?'
  if (/^AccessDenied/.test(code))
    return /KMS/.test(text)
      ? "the secret's KMS key must allow it too; on the server, strongroom access explain says which statement is missing"
      : 'on the server, strongroom access explain --principal … --action … --resource … says which statement is missing'
  if (/^(UnrecognizedClient|InvalidClientTokenId|InvalidAccessKeyId)/.test(code))
    return 'the server does not know this access key: check AWS_ACCESS_KEY_ID, AWS_PROFILE and the endpoint'
  if (/^(InvalidSignature|SignatureDoesNotMatch)/.test(code))
    return 'the secret access key is another one, or the region is not one of the server'
  if (/^ExpiredToken/.test(code)) return 'the temporary credentials have ended: get new ones'
  if (code === 'MissingAuthenticationTokenException')
    return 'the endpoint wants signed requests: set credentials or a profile'
  if (/Throttl|TooManyRequests/.test(code)) return 'the server asks for patience: try again in a minute'
  return undefined
}

/** Why nothing came back, for a person. */
export function unreachable(error: NoAnswer, { url }: Place): Failure {
  const where = url.origin
  const fail = (what: string, hint: string) => new Failure(what, hint, exit.failed, error)
  switch (error.code) {
    case 'ECONNREFUSED':
      return fail(`nobody listens at ${where}`, 'is the server up, and is the endpoint right? strongroom dev prints it')
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return fail(`there is no host ${url.hostname}`, 'check the endpoint')
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return fail(
        `the certificate of ${where} is by nobody we trust (${error.code})`,
        'name its authority: --ca-bundle FILE or AWS_CA_BUNDLE',
      )
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return fail(`the certificate of ${where} is for another name`, 'use the name that stands in it')
    case 'CERT_HAS_EXPIRED':
      return fail(`the certificate of ${where} has expired`, 'the server takes a renewed one without a restart')
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return fail(`${where} does not speak TLS`, 'is it http:// there?')
    case 'ETIMEDOUT':
      return fail(`${where} does not answer`, 'is a firewall or a proxy in the way?')
    default:
      return fail(
        `no answer came from ${where} (${error.code})`,
        'is it an endpoint of AWS’s wire? https:// or http://?',
      )
  }
}
