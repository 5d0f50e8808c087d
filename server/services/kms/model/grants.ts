import { ApiError } from '#kernel/error'
import type { Pairs } from './context.ts'
import { type Key, typeOfSpec } from './key.ts'

/** What grants allow, and which go together. Source: kms.md 9. */

export interface Constraints {
  readonly EncryptionContextEquals?: Pairs | undefined
  readonly EncryptionContextSubset?: Pairs | undefined
  readonly SourceArn?: string | undefined
}

export interface Grant {
  readonly account: string
  readonly region: string
  readonly keyId: string
  /** 64 hex digits. */
  readonly id: string
  /** Empty: none. */
  readonly name: string
  /** An ARN, or the name of a service. */
  readonly grantee: string
  /** The unique id that the ARN stood for. */
  readonly granteeId: string
  readonly retiring: string | undefined
  readonly retiringId: string | undefined
  readonly operations: readonly string[]
  readonly constraints: Constraints | undefined
  /** The account in whose name it was made. */
  readonly issuer: string
  readonly createdAt: number
}

/** What a grant to be allows: more than its parent's, if the right to make it comes from a grant, it can't. */
export type Terms = Pick<Grant, 'operations' | 'constraints'>

/** A request, as far as grants look at it. */
export interface Covered {
  /** `Decrypt` */
  readonly operation: string
  readonly context: Pairs | undefined
  readonly sourceArn: string | undefined
  /** Of CreateGrant: what the new grant would allow. */
  readonly child: Terms | undefined
}

/** Pairs of a constraint at the most, and characters of each text. Source: kms.md 9.2. */
const MOST_PAIRS = 8
const MOST_CHARACTERS = 384

const ANY_KEY = ['CreateGrant', 'DescribeKey', 'RetireGrant']
const DATA_KEYS = [
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
]
const ENCRYPTION = ['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo']

/** The operations that a grant on a key may name. */
function operationsFor({ spec, usage }: Pick<Key, 'spec' | 'usage'>): readonly string[] {
  const type = typeOfSpec(spec)
  if (type === 'HMAC') return [...ANY_KEY, 'GenerateMac', 'VerifyMac']
  if (type === 'SYMMETRIC') return [...ANY_KEY, ...ENCRYPTION, ...DATA_KEYS]
  const asymmetric = [...ANY_KEY, 'GetPublicKey']
  // The usages are those of all keys; those of one release more come from the specs.
  const uses: Readonly<Record<string, readonly string[]>> = {
    ENCRYPT_DECRYPT: ENCRYPTION,
    SIGN_VERIFY: ['Sign', 'Verify'],
    KEY_AGREEMENT: ['DeriveSharedSecret'],
  }
  return [...asymmetric, ...(uses[usage] ?? [])]
}

const invalid = (text: string) => new ApiError('ValidationException', text)

/** Refuses a grant that a key can't have. Assumed: the texts; AWS says which are refused, not how. Source: kms.md 9.2. */
export function checkTerms(key: Pick<Key, 'arn' | 'spec' | 'usage'>, { operations, constraints }: Terms): void {
  if (operations.length === 0) throw invalid('Operations must not be empty.')
  const fitting = operationsFor(key)
  const other = operations.find((operation) => !fitting.includes(operation))
  if (other !== undefined) throw invalid(`Operation ${other} in the grant is not supported by ${key.arn}.`)
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints ?? {}
  if (equals === undefined && subset === undefined) return
  if (typeOfSpec(key.spec) !== 'SYMMETRIC')
    throw invalid('Encryption context constraints are only supported in grants for symmetric encryption KMS keys.')
  for (const pairs of [equals, subset]) checkPairs(pairs)
}

function checkPairs(pairs: Pairs | undefined): void {
  const entries = Object.entries(pairs ?? {})
  if (entries.length > MOST_PAIRS)
    throw invalid(`A grant constraint must not have more than ${MOST_PAIRS} encryption context pairs.`)
  for (const text of entries.flat()) {
    if (text.length > MOST_CHARACTERS)
      throw invalid(`A key or value in a grant constraint must not be longer than ${MOST_CHARACTERS} characters.`)
    if (!text.isWellFormed()) throw invalid('A grant constraint must be well-formed Unicode.')
  }
}

/** Whether a grant allows a request; who asks has been looked at. */
export function covers(grant: Terms, request: Covered): boolean {
  const { operation, context, sourceArn, child } = request
  if (!grant.operations.includes(operation)) return false
  const { constraints } = grant
  if (constraints === undefined) return child === undefined || isWithin(child, grant)
  if (constraints.SourceArn !== undefined && constraints.SourceArn !== sourceArn) return false
  if (operation === 'CreateGrant') return child !== undefined && isWithin(child, grant)
  // These have no context, and the constraint is not about them. Source: kms.md 9.2; 17, 14.
  if (operation === 'DescribeKey' || operation === 'RetireGrant') return true
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = constraints
  return (equals === undefined || areEqual(equals, context)) && (subset === undefined || includes(context, subset))
}

/** Whether a grant allows no more than its parent: fewer operations, and constraints at least as strict. */
function isWithin(child: Terms, parent: Terms): boolean {
  if (child.operations.some((operation) => !parent.operations.includes(operation))) return false
  const [own, above] = [child.constraints ?? {}, parent.constraints ?? {}]
  if (above.SourceArn !== undefined && own.SourceArn !== above.SourceArn) return false
  const { EncryptionContextEquals: equals, EncryptionContextSubset: subset } = above
  if (equals !== undefined && !areEqual(equals, own.EncryptionContextEquals, 'given')) return false
  if (subset === undefined) return true
  return includes(own.EncryptionContextEquals, subset) || includes(own.EncryptionContextSubset, subset)
}

/** Whether all of these pairs are in a context; case counts. No context is an empty one. */
function includes(context: Pairs | undefined, pairs: Pairs): boolean {
  return Object.keys(pairs).every((key) => valueIn(context, key) === pairs[key])
}

/** `given`: nothing is not the same as empty. */
function areEqual(one: Pairs, other: Pairs | undefined, given?: 'given'): boolean {
  if (other === undefined && given === 'given') return false
  return Object.keys(one).length === Object.keys(other ?? {}).length && includes(other, one)
}

function valueIn(pairs: Pairs | undefined, key: string): string | undefined {
  return pairs !== undefined && Object.hasOwn(pairs, key) ? pairs[key] : undefined
}

/** The id of a grant as it is written; throws InvalidGrantIdException. */
export function checkGrantId(id: string): void {
  if (!/^[0-9a-f]{64}$/.test(id)) throw new ApiError('InvalidGrantIdException')
}

/** Assumed: the text. */
export const grantNotFound = (id: string): ApiError => new ApiError('NotFoundException', `Grant ID ${id} not found`)
