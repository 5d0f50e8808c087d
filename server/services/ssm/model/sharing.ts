import { ApiError } from '#kernel/error'
import { type Json, readJson } from '#kernel/authorization/json'
import { type Compiled, parsePolicy } from '#kernel/authorization/policy'
import { parseArn } from '#kernel/values/arn'
import type { Version } from './parameter.ts'

/** A resource policy as it stands on a parameter. */
export interface SharingPolicy {
  readonly id: string
  /** Another one with each change: who changes it must have seen it. */
  readonly hash: string
  /** As it was sent. */
  readonly document: string
  /** The unique ids of its principals, as IAM's port answers them. */
  readonly principals: string
}

/** All resource policies of a parameter, and what they say together. */
export interface Sharing {
  readonly policies: readonly SharingPolicy[]
  readonly compiled: Compiled
}

/** Bytes of one document. Source: parameterstore.md 13. */
export const MOST_POLICY_BYTES = 1024
/** Assumed: AWS does not say how many policies a parameter can have. */
export const MOST_SHARING_POLICIES = 10

/**
 * The operations that a parameter's policies are asked about; whatever else they name has no effect, neither to allow nor to
 * deny. Source: parameterstore.md 13.
 */
export const SHARED_OPERATIONS: ReadonlySet<string> = new Set([
  'GetParameter',
  'GetParameters',
  'GetParameterHistory',
  'DescribeParameters',
])

type Elements = ReadonlyMap<string, Json>

/**
 * Refuses what is no resource policy, or too long a one. Source: parameterstore.md 13. Assumed: each statement says whom and
 * what it is about.
 */
export function checkDocument(text: string): void {
  if (Buffer.byteLength(text) > MOST_POLICY_BYTES) throw policyTooLong()
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) throw malformedPolicy(parsed.message)
  if (!statementsOf(text).every(isComplete)) {
    throw malformedPolicy('Policy statement must contain principals and resources.')
  }
}

function isComplete(statement: Elements): boolean {
  return (
    (statement.has('Principal') || statement.has('NotPrincipal')) &&
    (statement.has('Resource') || statement.has('NotResource'))
  )
}

function statementsOf(document: string): readonly Elements[] {
  const written = (readJson(document) as Elements).get('Statement') as Json
  return (Array.isArray(written) ? written : [written]) as readonly Elements[]
}

/** Anybody, in the index of whom parameters are shared with. */
export const EVERYBODY = '*'

/**
 * The accounts that a document lets in, EVERYBODY for all; for finding what is shared with an account, not for deciding.
 * `document` was checked before.
 */
export function consumersOf(document: string): ReadonlySet<string> {
  const accounts = new Set<string>()
  for (const statement of statementsOf(document)) {
    if (statement.get('Effect') !== 'Allow') continue
    const principal = statement.get('Principal')
    const named = principal instanceof Map ? (principal as Elements).get('AWS') : principal
    for (const name of [named ?? []].flat() as Json[]) {
      if (typeof name !== 'string') continue
      const account = /^[0-9]{12}$/.test(name) ? name : parseArn(name)?.account
      if (name === '*') accounts.add(EVERYBODY)
      else if (account !== undefined && account !== '') accounts.add(account)
    }
  }
  return accounts
}

/** Which policy a request means, by its id, and the hash of the one that its sender has seen. */
export interface Meant {
  readonly id: string | undefined
  readonly hash: string | undefined
}

/**
 * The policies after PutResourcePolicy: a new one at the end, or one in the place of that with this id. `id`, `hash`: of the
 * policy that is put. Source: parameterstore.md 13.
 */
export function afterPut(
  policies: readonly SharingPolicy[],
  { id, hash }: Meant,
  put: SharingPolicy,
): readonly SharingPolicy[] {
  if (id === undefined) {
    if (hash !== undefined) throw hashWithoutId()
    if (policies.length >= MOST_SHARING_POLICIES) throw tooManyPolicies()
    return [...policies, put]
  }
  const old = policyWith(policies, { id, hash })
  return policies.map((policy) => (policy === old ? put : policy))
}

/** The policies after DeleteResourcePolicy. */
export function afterDelete(policies: readonly SharingPolicy[], meant: Meant): readonly SharingPolicy[] {
  const gone = policyWith(policies, meant)
  return policies.filter((policy) => policy !== gone)
}

function policyWith(policies: readonly SharingPolicy[], { id, hash }: Meant): SharingPolicy {
  const policy = policies.find((one) => one.id === id)
  if (policy === undefined) throw policyNotFound()
  if (policy.hash !== hash) throw policyConflict()
  return policy
}

/** The key that SecureStrings have when no other is named; AWS manages it, and nobody can share it. */
const DEFAULT_KEY = 'alias/aws/ssm'

/**
 * Refuses to share what another account could never read: a parameter of the standard tier, or a SecureString under the
 * account's default key, however that is named. `keyArnOf`: what the name of a key stands for now, undefined for nothing. Source:
 * parameterstore.md 13; which error it is, is inferred there.
 */
export async function checkSharable(
  { tier, type, keyId = DEFAULT_KEY }: Pick<Version, 'tier' | 'type' | 'keyId'>,
  keyArnOf: (id: string) => Promise<string | undefined>,
): Promise<void> {
  if (tier !== 'Advanced') throw invalidSharing('Only parameters of the advanced-parameter tier can be shared.')
  if (type !== 'SecureString') return
  if (keyId === DEFAULT_KEY || (await keyArnOf(keyId)) === (await keyArnOf(DEFAULT_KEY))) {
    throw invalidSharing(
      'A SecureString parameter can be shared only when it is encrypted with a customer managed key that is shared too.',
    )
  }
}

const INVALID = 'ResourcePolicyInvalidParameterException'
const LIMIT = 'ResourcePolicyLimitExceededException'

// Assumed: AWS's texts of all of these are unknown (parameterstore.md 13).

function invalidSharing(text: string): ApiError {
  return invalid(text, 'ResourceArn')
}

/** The ARN is none of a parameter. */
export function notAParameterArn(): ApiError {
  return invalid('The resource ARN is not the ARN of a parameter.', 'ResourceArn')
}

function hashWithoutId(): ApiError {
  return invalid('A policy hash was given without a policy id.', 'PolicyId')
}

/** A token that is none of ours, in an operation whose model has no InvalidNextToken. */
export function invalidToken(): ApiError {
  return invalid('The token is not valid.', 'NextToken')
}

function invalid(text: string, member: string): ApiError {
  return new ApiError(INVALID, text, 400, undefined, { members: { ParameterNames: [member] } })
}

function policyTooLong(): ApiError {
  const text = `A resource policy can't be greater than ${MOST_POLICY_BYTES} bytes in size.`
  return new ApiError(LIMIT, text, 400, undefined, { members: { Limit: MOST_POLICY_BYTES, LimitType: 'PolicySize' } })
}

function tooManyPolicies(): ApiError {
  const text = `A parameter can't have more than ${MOST_SHARING_POLICIES} resource policies.`
  const members = { Limit: MOST_SHARING_POLICIES, LimitType: 'PoliciesPerResource' }
  return new ApiError(LIMIT, text, 400, undefined, { members })
}

/** The document is no policy, or names somebody who is not there. */
export function malformedPolicy(text: string): ApiError {
  return new ApiError('MalformedResourcePolicyDocumentException', text)
}

function policyNotFound(): ApiError {
  return new ApiError(
    'ResourcePolicyNotFoundException',
    'No policies with the specified policy ID and hash could be found.',
  )
}

function policyConflict(): ApiError {
  return new ApiError(
    'ResourcePolicyConflictException',
    "The hash provided in the call doesn't match the stored hash of the policy.",
  )
}

/** The parameter is not there; told only to who may ask. */
export function sharedParameterNotFound(): ApiError {
  return new ApiError('ResourceNotFoundException', 'The specified parameter could not be found.')
}
