import type {
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeySpec,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'

/** What kinds of keys there are, and what can be done with each. Source: kms.md 3.3. */

export const SYMMETRIC = 'SYMMETRIC_DEFAULT'

export type RsaSpec = 'RSA_2048' | 'RSA_3072' | 'RSA_4096'
export type CurveSpec = 'ECC_NIST_P256' | 'ECC_NIST_P384' | 'ECC_NIST_P521' | 'ECC_SECG_P256K1'
export type MlDsaSpec = 'ML_DSA_44' | 'ML_DSA_65' | 'ML_DSA_87'
export type HmacSpec = 'HMAC_224' | 'HMAC_256' | 'HMAC_384' | 'HMAC_512'
/** Specs of keys that have a public half. */
export type PairSpec = RsaSpec | CurveSpec | 'ECC_NIST_EDWARDS25519' | MlDsaSpec
/** The specs that are here. SM2 is for China only, ML-KEM is not there yet. */
export type Spec = 'SYMMETRIC_DEFAULT' | PairSpec | HmacSpec

export type Usage = Extract<KeyUsageType, 'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT'>

/** What a key of a spec can do, by usage: the algorithms. */
interface Abilities {
  readonly ENCRYPT_DECRYPT?: readonly EncryptionAlgorithmSpec[]
  readonly SIGN_VERIFY?: readonly SigningAlgorithmSpec[]
  readonly GENERATE_VERIFY_MAC?: readonly MacAlgorithmSpec[]
  readonly KEY_AGREEMENT?: readonly KeyAgreementAlgorithmSpec[]
}

const RSA: Abilities = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
}
const ECDH = ['ECDH'] as const
const ML_DSA: Abilities = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] }

const ABILITIES: Readonly<Record<Spec, Abilities>> = {
  SYMMETRIC_DEFAULT: { ENCRYPT_DECRYPT: [SYMMETRIC] },
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  ECC_NIST_P256: { SIGN_VERIFY: ['ECDSA_SHA_256'], KEY_AGREEMENT: ECDH },
  ECC_NIST_P384: { SIGN_VERIFY: ['ECDSA_SHA_384'], KEY_AGREEMENT: ECDH },
  ECC_NIST_P521: { SIGN_VERIFY: ['ECDSA_SHA_512'], KEY_AGREEMENT: ECDH },
  ECC_SECG_P256K1: { SIGN_VERIFY: ['ECDSA_SHA_256'] },
  ECC_NIST_EDWARDS25519: { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
  HMAC_224: { GENERATE_VERIFY_MAC: ['HMAC_SHA_224'] },
  HMAC_256: { GENERATE_VERIFY_MAC: ['HMAC_SHA_256'] },
  HMAC_384: { GENERATE_VERIFY_MAC: ['HMAC_SHA_384'] },
  HMAC_512: { GENERATE_VERIFY_MAC: ['HMAC_SHA_512'] },
  ML_DSA_44: ML_DSA,
  ML_DSA_65: ML_DSA,
  ML_DSA_87: ML_DSA,
}

/** Whether keys of this spec are made here. */
export const isSpec = (spec: string): spec is Spec => Object.hasOwn(ABILITIES, spec)

export const isRsa = (spec: string): spec is RsaSpec => spec.startsWith('RSA_')
export const isHmac = (spec: string): spec is HmacSpec => spec.startsWith('HMAC_')
export const isMlDsa = (spec: string): spec is MlDsaSpec => spec.startsWith('ML_DSA_')
/** Whether keys of this spec have a public half. */
export const isPair = (spec: Spec): spec is PairSpec => spec !== SYMMETRIC && !isHmac(spec)

const OTHER_USAGES: Readonly<Record<string, readonly string[]>> = {
  SM2: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'],
}

/** What keys of a spec may be used for; also of specs that are not here. */
export function usagesOf(spec: string): readonly string[] {
  if (isSpec(spec)) return Object.keys(ABILITIES[spec])
  return OTHER_USAGES[spec] ?? ['ENCAPSULATE_DECAPSULATE']
}

interface Kind {
  readonly spec: Spec
  readonly usage: Usage
}

const MEMBER = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
} as const

/** The one list of algorithms that a key's description has, under its name there. Source: kms.md 3.2. */
export function algorithmsOf({ spec, usage }: Kind): {
  readonly EncryptionAlgorithms?: EncryptionAlgorithmSpec[]
  readonly SigningAlgorithms?: SigningAlgorithmSpec[]
  readonly MacAlgorithms?: MacAlgorithmSpec[]
  readonly KeyAgreementAlgorithms?: KeyAgreementAlgorithmSpec[]
} {
  return { [MEMBER[usage]]: [...(ABILITIES[spec][usage] ?? [])] }
}

/** Specs that CustomerMasterKeySpec, the older name, does not list. Assumed (kms.md 17, 18): the member is left out. */
const NEWER: ReadonlySet<string> = new Set<KeySpec>(['ECC_NIST_EDWARDS25519', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87'])

/** The spec under its older name, where it has one. */
export function olderSpec(spec: Spec): Exclude<Spec, MlDsaSpec | 'ECC_NIST_EDWARDS25519'> | undefined {
  return NEWER.has(spec) ? undefined : (spec as Exclude<Spec, MlDsaSpec | 'ECC_NIST_EDWARDS25519'>)
}

/** Refuses a key that is meant for something else. Source: kms.md 4.1, 16.1 (recorded). */
export function requireUsage(key: Kind & { readonly arn: string }, usage: Usage, operation: string): void {
  if (key.usage === usage) return
  throw new ApiError(
    'InvalidKeyUsageException',
    `${key.arn} key usage is ${key.usage} which is not valid for ${operation}.`,
  )
}

/** Refuses an algorithm that keys of this spec don't have. Source: kms.md 4.1, 16.1, 16.2 (recorded). */
export function requireAlgorithm({ spec, usage }: Kind, algorithm: string): void {
  const known: readonly string[] = ABILITIES[spec][usage] ?? []
  if (known.includes(algorithm)) return
  throw new ApiError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${spec}.`)
}

/** Refuses a key that is not symmetric for what only a symmetric one can do: data keys. The text is the recorded pattern's. */
export function requireDataKeys(key: Kind & { readonly arn: string }, operation: string): void {
  requireUsage(key, 'ENCRYPT_DECRYPT', operation)
  requireAlgorithm(key, SYMMETRIC)
}
