import type { ExpirationModelType, ImportType, KeyState } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import type { Imported, Key } from './key.ts'
import { SYMMETRIC } from './specs.ts'

/** Imported key material: which is new, which is known, and what it makes of its key. Source: kms.md 16.3. */

/** A material that was imported once; its bytes may be gone. */
export interface Import {
  /** 64 hex digits. */
  readonly materialId: string
  readonly description: string
  /** Milliseconds; undefined: it does not expire. */
  readonly expiresAt: number | undefined
  /** It waits for a rotation to become the key's. */
  readonly pending: boolean
  /** Its bytes are there. */
  readonly present: boolean
}

const YEAR_MS = 365 * 86_400_000

/** When the material is to expire; undefined: never. Throws ValidationException: the first text is recorded, others ours. */
export function expiryOf(
  model: ExpirationModelType | undefined,
  validTo: Date | undefined,
  now: number,
): number | undefined {
  const refused = (text: string) => new ApiError('ValidationException', text)
  if (model === 'KEY_MATERIAL_DOES_NOT_EXPIRE') {
    if (validTo === undefined) return undefined
    throw refused('A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE')
  }
  if (validTo === undefined) throw refused('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES')
  const at = validTo.getTime()
  if (!(at > now)) throw refused('The validTo date must be in the future')
  if (at > now + YEAR_MS) throw refused('The validTo date must be within 365 days')
  return at
}

/** What an import is asked to be. */
export interface Asked {
  readonly ImportType?: ImportType | undefined
  readonly KeyMaterialId?: string | undefined
}

/**
 * What becomes of a material that is imported: the `first` of its key; one that is there or was there, `again`; or `pending`,
 * until the key is rotated. Throws AWS's refusals; the recorded texts say so in kms.md.
 */
export function planImport(
  key: Key,
  imports: readonly Import[],
  materialId: string,
  { ImportType, KeyMaterialId }: Asked,
): 'first' | 'again' | 'pending' {
  const known = imports.some((each) => each.materialId === materialId)
  const incorrect = (text = '') => new ApiError('IncorrectKeyMaterialException', text)
  if (KeyMaterialId !== undefined && KeyMaterialId !== materialId) throw incorrect()
  const type = ImportType ?? (key.materialId === '' ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL')
  if (type === 'NEW_KEY_MATERIAL') {
    if (known)
      throw incorrect(
        `Key material (id: ${materialId}) being imported as NEW_KEY_MATERIAL is already associated with KMS key ${key.arn}.`,
      )
    // Assumed: an id stands for material that is known.
    if (KeyMaterialId !== undefined)
      throw new ApiError(
        'ValidationException',
        'KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.',
      )
    if (key.materialId === '') return 'first'
    // Keys of other specs have one material for life.
    if (key.spec !== SYMMETRIC) throw incorrect()
    const waiting = imports.find((each) => each.pending && each.present)
    if (waiting === undefined) return 'pending'
    throw new ApiError(
      'KMSInvalidStateException',
      `New key material (id: ${materialId}) cannot be imported into KMS key ${key.id}, because another key material (id: ${waiting.materialId}) is pending rotation.`,
    )
  }
  if (known) return 'again'
  throw incorrect()
}

/**
 * The same for a replica: its material is the primary's, each of them, under the primary's ids. What waits there waits here
 * too. Throws IncorrectKeyMaterialException. Source: kms.md 7 (material is shared), API_ImportKeyMaterial.
 */
export function planReplica(
  imports: readonly Import[],
  ofPrimary: readonly Import[],
  materialId: string,
  { KeyMaterialId }: Asked,
): 'first' | 'again' | 'pending' {
  const there = ofPrimary.find((each) => each.materialId === materialId)
  if (there === undefined || (KeyMaterialId !== undefined && KeyMaterialId !== materialId))
    throw new ApiError('IncorrectKeyMaterialException')
  if (imports.some((each) => each.materialId === materialId)) return 'again'
  return there.pending ? 'pending' : 'first'
}

/**
 * What a key's materials make of it: without any one of them, however old, it can't be used. Materials that wait for a
 * rotation don't count yet. A replica needs those that its primary had: `ofPrimary`.
 */
export function settledBy(
  state: KeyState,
  imports: readonly Import[],
  ofPrimary = imports,
): { readonly state: KeyState; readonly imported: Imported | undefined } {
  const own = imports.filter((each) => !each.pending)
  const needed = ofPrimary.filter((each) => !each.pending).map(({ materialId }) => materialId)
  const whole =
    needed.length > 0 && needed.every((id) => own.some(({ materialId, present }) => materialId === id && present))
  const expiries = own.flatMap(({ expiresAt }) => expiresAt ?? [])
  const imported = whole ? { expiresAt: expiries.length === 0 ? undefined : Math.min(...expiries) } : undefined
  if (state === 'PendingDeletion' || state === 'PendingReplicaDeletion') return { state, imported }
  if (!whole) return { state: 'PendingImport', imported }
  return { state: state === 'PendingImport' ? 'Enabled' : state, imported }
}
