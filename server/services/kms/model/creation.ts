import { ApiError } from '#kernel/error'

/** What kind of key a CreateKey asks for, defaults filled in. */
export interface Plan {
  readonly spec: string
  readonly usage: string
  readonly origin: string
  readonly multiRegion: boolean
}

const RSA = ['ENCRYPT_DECRYPT', 'SIGN_VERIFY']
const NIST = ['SIGN_VERIFY', 'KEY_AGREEMENT']

/** What a spec may be used for. Source: kms.md 3.3. */
function usagesOf(spec: string): readonly string[] {
  if (spec === 'SYMMETRIC_DEFAULT') return ['ENCRYPT_DECRYPT']
  if (spec.startsWith('RSA_')) return RSA
  if (spec.startsWith('ECC_NIST_P')) return NIST
  if (spec.startsWith('HMAC_')) return ['GENERATE_VERIFY_MAC']
  if (spec.startsWith('ML_KEM_')) return ['ENCAPSULATE_DECAPSULATE']
  if (spec === 'SM2') return ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT']
  return ['SIGN_VERIFY']
}

/** Reads the kind of key out of a request, and refuses what does not go together. Source: kms.md 3.1 (recorded texts). */
export function planOf(input: {
  readonly KeySpec?: string | undefined
  readonly CustomerMasterKeySpec?: string | undefined
  readonly KeyUsage?: string | undefined
  readonly Origin?: string | undefined
  readonly MultiRegion?: boolean | undefined
}): Plan {
  if (input.KeySpec !== undefined && input.CustomerMasterKeySpec !== undefined)
    throw new ApiError(
      'ValidationException',
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    )
  const spec = input.KeySpec ?? input.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT'
  if (input.KeyUsage === undefined && spec !== 'SYMMETRIC_DEFAULT')
    throw new ApiError(
      'ValidationException',
      'You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.',
    )
  const usage = input.KeyUsage ?? 'ENCRYPT_DECRYPT'
  if (!usagesOf(spec).includes(usage))
    throw new ApiError('ValidationException', `KeyUsage ${usage} is not compatible with KeySpec ${spec}`)
  return { spec, usage, origin: input.Origin ?? 'AWS_KMS', multiRegion: input.MultiRegion === true }
}

/** Refuses the kinds of keys that are not made here. The texts are ours. */
export function checkSupported({ spec, origin, multiRegion }: Plan): void {
  const refused = (what: string) => new ApiError('UnsupportedOperationException', `${what} is not supported.`)
  if (origin !== 'AWS_KMS') throw refused(`Origin ${origin}`)
  if (spec !== 'SYMMETRIC_DEFAULT') throw refused(`KeySpec ${spec}`)
  if (multiRegion) throw refused('MultiRegion')
}
