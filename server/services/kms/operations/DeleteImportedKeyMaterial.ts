import type { DeleteImportedKeyMaterialRequest, DeleteImportedKeyMaterialResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { KeyId, KeyMaterialId } from '../model/members.ts'
import { SYMMETRIC } from '../model/specs.ts'
import { requireState, wrongOrigin } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Deleted = Answer<DeleteImportedKeyMaterialResponse, 'KeyId'>

/**
 * Takes imported material away; the key can't be used until the same material is imported again. Without KeyMaterialId it is
 * the current one. Source: API_DeleteImportedKeyMaterial, kms.md 16.3.
 */
export const DeleteImportedKeyMaterial = operation<DeleteImportedKeyMaterialRequest, Deleted>()({
  name: 'DeleteImportedKeyMaterial',
  effect: 'write',
  input: { KeyId: required(KeyId), KeyMaterialId },
  errors: [
    'DependencyTimeoutException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    response: ({ KeyId, KeyMaterialId }) => ({ keyId: KeyId, keyMaterialId: KeyMaterialId }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located)
  },
  async run({ KeyMaterialId }, { keys, imports: importsOf, found }, call) {
    const imports = importsOf()
    const key = await keys.lock(present(kept(found.located)))
    if (key.origin !== 'EXTERNAL') throw wrongOrigin(key)
    requireState(key, 'delete material', call.now)
    const materialId = KeyMaterialId ?? key.materialId
    const known = (await imports.of(key)).find((each) => each.materialId === materialId)
    // Assumed: code and text.
    if (known === undefined && KeyMaterialId !== undefined)
      throw new ApiError('NotFoundException', `Key material '${KeyMaterialId}' does not exist`)
    if (known?.present === true) await imports.drop(key, materialId)
    const shown = key.spec === SYMMETRIC && materialId !== '' ? { KeyMaterialId: materialId } : {}
    return { KeyId: key.arn, ...shown }
  },
})
