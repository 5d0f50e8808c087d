import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { Credential } from '#kernel/signature/credential'
import { SigningKeys } from '#kernel/signature/keys'
import type { RawRequest } from '#kernel/signature/request'
import { parseCredentials, SignatureRefusal, type Verification, verifySignature } from '#kernel/signature/verify'
import { authorize, credential, type Draft, NOW, raw, type Signing, sign, withHeader } from './signer.ts'

export const SECRETS_MANAGER = { signingName: 'secretsmanager', clockWindowMinutes: 5 } as const
export const STS = { signingName: 'sts', clockWindowMinutes: 15 } as const
export const TOKEN = 'FwoGZXIvYXdzEXAMPLE//token+with/odd=chars=='
export const SESSION = { digest: hash('sha256', TOKEN, 'buffer'), expiresAt: NOW + 1000 }

/** A typical call. */
export const CALL: Draft = {
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
  body: '{"SecretId":"prod/db"}',
}
/** A typical presigned call, signed for STS. */
export const IDENTITY: Draft = { method: 'GET', query: { Action: 'GetCallerIdentity', Version: '2011-06-15' } }
export const PRESIGNED: Signing = { service: 'sts', presign: 600 }

/** What a test verifies against, besides the defaults; `known` is the one access key that exists. */
export interface Against extends Partial<Verification> {
  readonly known?: Credential | undefined
}

/** Parses and verifies as the pipeline does. */
export async function verify(
  request: RawRequest,
  { known = credential(), ...over }: Against = {},
): Promise<Credential> {
  return verifySignature(parseCredentials(request), request, {
    now: NOW,
    service: SECRETS_MANAGER,
    regions: ['us-east-1', 'eu-west-1'],
    keys: new SigningKeys(),
    find: async (accessKeyId) => (accessKeyId === known.accessKeyId ? known : undefined),
    ...over,
  })
}

/** Expects the refusal, as JSON services and as Query services say it. */
export async function refused(request: RawRequest, codes: string, text: string | RegExp, against: Against = {}) {
  const refusal = await verify(request, against).then(
    () => assert.fail('the request was accepted'),
    (error: unknown) => error,
  )
  assert.ok(refusal instanceof SignatureRefusal, String(refusal))
  const [json, query] = (['json', 'query'] as const).map((protocol) => refusal.toApiError(protocol))
  assert.equal(`${json?.code} ${json?.status} / ${query?.code} ${query?.status}`, codes)
  if (typeof text === 'string') assert.equal(json?.message, text)
  else assert.match(json?.message ?? '', text)
}

/** Code and status of JSON services / of Query services. Source: access.md 1.2. */
export const MALFORMED = 'MalformedQueryString 400 / MalformedQueryString 400'
export const MISSING = 'MissingAuthenticationTokenException 400 / MissingAuthenticationToken 403'
export const INVALID = 'InvalidSignatureException 400 / SignatureDoesNotMatch 403'
export const INCOMPLETE = 'IncompleteSignatureException 400 / IncompleteSignature 400'
export const UNRECOGNIZED = 'UnrecognizedClientException 400 / InvalidClientTokenId 403'
export const EXPIRED = 'ExpiredTokenException 400 / ExpiredToken 403'
export const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and ' +
  'signing method. Consult the service documentation for details.'
export const NOT_RECOGNIZED = 'The security token included in the request is invalid.'

/** A call whose Authorization header says this. */
export async function saying(authorization: string | undefined) {
  return withHeader(await sign(CALL), 'authorization', authorization)
}

/** The Authorization header of a rightly signed call. */
export async function authorization(): Promise<string> {
  return (await sign(CALL)).header.authorization as string
}

export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** A call without a body whose HEADERS and SIGNEDHEADERS were written by hand. */
export async function handwritten(lines: string, list: string, headers: readonly string[]): Promise<RawRequest> {
  const canonical = Buffer.from(`POST\n/\n\n${lines}\n${list}\n${EMPTY_SHA256}`, 'latin1')
  const said = await authorize(canonical, list, '20260102T030405Z')
  return raw('POST', '/', [...headers, 'Authorization', said])
}

/** The same with this header besides host. */
export async function written(name: string, value: string): Promise<RawRequest> {
  const list = ['host', name].sort()
  const lines = list.map((each) => (each === 'host' ? 'host:h\n' : `${name}:${value}\n`)).join('')
  return handwritten(lines, list.join(';'), ['Host', 'h', name, value])
}
