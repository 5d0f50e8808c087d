import { ApiError } from '#kernel/error'
import { isMlDsa, isSpec, type Spec, type Usage, usagesOf } from './specs.ts'

/** What kind of key a CreateKey asks for, defaults filled in. */
export interface Plan {
  readonly spec: string
  readonly usage: string
  readonly origin: string
  readonly multiRegion: boolean
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

/** What a key that is made here is. */
export interface Kind {
  readonly spec: Spec
  readonly usage: Usage
  readonly origin: 'AWS_KMS' | 'EXTERNAL'
}

/**
 * Refuses the kinds of keys that are not made here: those in custom stores, SM2 (China only), ML-KEM. Assumed: that ML-DSA
 * keys can't be imported, as the developer guide names no format for them. The texts are ours.
 */
export function supported({ spec, usage, origin }: Plan): Kind {
  const refused = (what: string) => new ApiError('UnsupportedOperationException', `${what} is not supported.`)
  if (origin !== 'AWS_KMS' && origin !== 'EXTERNAL') throw refused(`Origin ${origin}`)
  if (!isSpec(spec)) throw refused(`KeySpec ${spec}`)
  if (origin === 'EXTERNAL' && isMlDsa(spec)) throw refused(`Origin EXTERNAL with KeySpec ${spec}`)
  return { spec, usage: usage as Usage, origin }
}
