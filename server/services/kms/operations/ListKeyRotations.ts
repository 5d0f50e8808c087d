import type { ListKeyRotationsRequest, ListKeyRotationsResponse, RotationsListEntry } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import type { Import } from '../model/imports.ts'
import { IncludeKeyMaterial, KeyId, Limit, Marker } from '../model/members.ts'
import { after, page } from '../model/page.ts'
import { requireRotatable } from '../model/rotation.ts'
import { kept, operation } from '../operation.ts'
import type { Material, StoredKey } from '../store.ts'

type Listed = Answer<ListKeyRotationsResponse, 'Rotations' | 'Truncated'>

/**
 * The rotations of a key, or all of its materials: the current one, one that waits, then the older ones, the newest first.
 * Source: API_ListKeyRotations, kms.md 6, 16.3.
 */
export const ListKeyRotations = operation<ListKeyRotationsRequest, Listed>()({
  name: 'ListKeyRotations',
  effect: 'read',
  input: { KeyId: required(KeyId), IncludeKeyMaterial, Limit, Marker },
  errors: [
    'InvalidArnException',
    'InvalidMarkerException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ IncludeKeyMaterial: include, Limit = 100, Marker }, { keys, imports, found }) {
    const key = present(kept(found.located))
    requireRotatable(key)
    const known = key.origin === 'EXTERNAL' ? await imports().of(key) : []
    const waiting = known.find(({ pending }) => pending)
    const everywhere = waiting === undefined || !(await imports().lacking(key, waiting.materialId))
    const rank = (material: Material) => (material.id === key.materialId ? 0 : isPending(material, known) ? 1 : 2)
    const materials = (await keys.materials.of(key)).sort((a, b) => rank(a) - rank(b))
    const wanted = include === 'ALL_KEY_MATERIAL' ? materials : materials.filter((each) => each.rotatedAt !== undefined)
    const { items, ...rest } = page(wanted.slice(startOf(wanted, Marker)), Limit, 'rotations', ({ id }) => id)
    return { Rotations: items.map((material) => entryOf(key, material, known, everywhere)), ...rest }
  },
})

/** Where a page begins. A material that is gone since the page before is no place to go on from. */
function startOf(materials: readonly Material[], marker: string | undefined): number {
  const last = after(marker, 'rotations')
  const at = materials.findIndex(({ id }) => id === last)
  if (last !== '' && at < 0) throw new ApiError('InvalidMarkerException')
  return at + 1
}

function isPending({ id }: Material, known: readonly Import[]): boolean {
  return known.some(({ materialId, pending }) => materialId === id && pending)
}

/** `everywhere`: what waits is there in every Region that has the key. */
function entryOf(
  key: StoredKey,
  material: Material,
  known: readonly Import[],
  everywhere: boolean,
): RotationsListEntry {
  const brought = known.find(({ materialId }) => materialId === material.id)
  return {
    KeyId: key.arn,
    KeyMaterialId: material.id,
    ...(brought === undefined ? {} : importOf(brought)),
    KeyMaterialState: stateOf(material.id === key.materialId, brought?.pending === true, everywhere),
    ...(material.rotatedAt === undefined ? {} : { RotationDate: new Date(material.rotatedAt) }),
    ...(material.rotation === undefined ? {} : { RotationType: material.rotation }),
  }
}

function stateOf(current: boolean, pending: boolean, everywhere: boolean): RotationsListEntry['KeyMaterialState'] {
  if (current) return 'CURRENT'
  if (!pending) return 'NON_CURRENT'
  return everywhere ? 'PENDING_ROTATION' : 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'
}

function importOf({ description, present: isThere, expiresAt }: Import): Partial<RotationsListEntry> {
  return {
    ...(description === '' ? {} : { KeyMaterialDescription: description }),
    ImportState: isThere ? 'IMPORTED' : 'PENDING_IMPORT',
    ...(!isThere
      ? {}
      : expiresAt === undefined
        ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const }
        : { ExpirationModel: 'KEY_MATERIAL_EXPIRES' as const, ValidTo: new Date(expiresAt) }),
  }
}
