import { ApiError } from '#kernel/error'

/**
 * Codes of the signature's refusals: JSON services answer 400 with `json`, Query services `status` with `query`.
 * Source: access.md 1.2.
 */
const CODES = {
  malformedQuery: { json: 'MalformedQueryString', query: 'MalformedQueryString', status: 400 },
  missing: { json: 'MissingAuthenticationTokenException', query: 'MissingAuthenticationToken', status: 403 },
  incomplete: { json: 'IncompleteSignatureException', query: 'IncompleteSignature', status: 400 },
  invalid: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch', status: 403 },
  unrecognized: { json: 'UnrecognizedClientException', query: 'InvalidClientTokenId', status: 403 },
  expired: { json: 'ExpiredTokenException', query: 'ExpiredToken', status: 403 },
  skewed: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch', status: 403 },
  unannounced: { json: 'InvalidSignatureException', query: 'SignatureDoesNotMatch', status: 400 },
} as const

/** What S3 says instead. Source: S3 API Reference, list of error codes. */
const S3: Readonly<Record<keyof typeof CODES, readonly [code: string, status: number, text?: string]>> = {
  malformedQuery: ['AuthorizationQueryParametersError', 400],
  missing: ['AccessDenied', 403, 'Access Denied'],
  incomplete: ['AuthorizationHeaderMalformed', 400],
  invalid: [
    'SignatureDoesNotMatch',
    403,
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  ],
  unrecognized: ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
  expired: ['ExpiredToken', 400, 'The provided token has expired.'],
  skewed: [
    'RequestTimeTooSkewed',
    403,
    "The difference between the request time and the server's time is too large, or the request has expired.",
  ],
  unannounced: ['InvalidRequest', 400, 'Missing required header for this request: x-amz-content-sha256'],
}

export type RefusalKind = keyof typeof CODES
type Spoken = 'json' | 'cbor' | 'query' | 'rest' | 'xml'

/** Why a request is not believed, before it is known in which protocol the answer goes out. */
export class SignatureRefusal extends Error {
  readonly kind: RefusalKind
  /** The text for Query services, where it differs. */
  readonly queryText: string | undefined

  constructor(kind: RefusalKind, text: string, queryText?: string) {
    super(text)
    this.name = 'SignatureRefusal'
    this.kind = kind
    this.queryText = queryText
  }

  /** The answer in the protocol of the request. */
  toApiError(protocol: Spoken): ApiError {
    return refusalFor(protocol, this)
  }
}

/** The answer to a refused request. */
export function refusalFor(protocol: Spoken, refusal: SignatureRefusal): ApiError {
  if (protocol === 'xml') {
    const [code, status, text = refusal.message] = S3[refusal.kind]
    return new ApiError(code, text, status)
  }
  const codes = CODES[refusal.kind]
  // The front end of REST services says 403 to whom it does not believe. Source: access.md 1.2.
  if (protocol === 'rest')
    return new ApiError(codes.json, refusal.message, refusal.kind === 'malformedQuery' ? 400 : 403)
  if (protocol === 'json' || protocol === 'cbor') return new ApiError(codes.json, refusal.message, 400)
  return new ApiError(codes.query, refusal.queryText ?? refusal.message, codes.status)
}

/** Longest piece of a request that a text repeats. */
const SHOWN = 128

/** What the request said, fit for a text: bounded, and without control characters. */
export function shown(said: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
  return (said.length > SHOWN ? `${said.slice(0, SHOWN)}...` : said).replace(/[\u0000-\u001f\u007f-\uffff]/g, '?')
}

/** Row 2. */
export const missing = () =>
  new SignatureRefusal('missing', 'Missing Authentication Token', 'Request is missing Authentication Token')

/** Row 13 for a scope whose service is not here, when nothing else names one. */
export const unknownService = () => new SignatureRefusal('invalid', 'Credential should be scoped to correct service.')

/** Row 14: unknown and inactive keys and foreign tokens say the same, so that nobody learns which it was. */
export const unrecognized = () =>
  new SignatureRefusal('unrecognized', 'The security token included in the request is invalid.')

/** Row 15. */
export const expiredToken = () =>
  new SignatureRefusal('expired', 'The security token included in the request is expired')

/** Row 16. */
export const mismatch = () =>
  new SignatureRefusal(
    'invalid',
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
      'and signing method. Consult the service documentation for details.',
  )

/** S3 wants to know what a body's hash is, or that it is not signed. */
export const unannounced = () =>
  new SignatureRefusal('unannounced', 'Missing required header for this request: x-amz-content-sha256')
/** A header that the server acts on came twice. Assumed: AWS's text is not known. */
export const repeatedHeader = (name: string) =>
  new SignatureRefusal('invalid', `The request has more than one '${name}' header.`)

/** A folded line, or CR, LF, NUL or the like in a value that is signed. Assumed: AWS's text is not known. */
export const controlCharacter = (name: string) =>
  new SignatureRefusal('invalid', `The value of the '${shown(name)}' header contains a character that is not allowed.`)
