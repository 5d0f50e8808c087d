import type { ImportKeyMaterialRequest, ImportKeyMaterialResponse } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { fitMaterial } from '../asymmetric/material.ts'
import { unwrapped } from '../asymmetric/wrapping.ts'
import { materialIdOf } from '../cipher.ts'
import { openImportToken } from '../import-token.ts'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyResource } from '../model/cryptography.ts'
import { expiryOf, planImport, planReplica } from '../model/imports.ts'
import {
  EncryptedKeyMaterial,
  ExpirationModel,
  ImportToken,
  ImportType,
  KeyId,
  KeyMaterialDescription,
  KeyMaterialId,
  ValidTo,
} from '../model/members.ts'
import { SYMMETRIC } from '../model/specs.ts'
import { requireState, wrongOrigin } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type ImportedMaterial = Answer<ImportKeyMaterialResponse, 'KeyId'>

/**
 * Takes the material of a key that its owner made: the first one, one that the key has lost, or the next one, which waits for
 * a rotation. Source: API_ImportKeyMaterial, kms.md 16.3.
 */
export const ImportKeyMaterial = operation<ImportKeyMaterialRequest, ImportedMaterial>()({
  name: 'ImportKeyMaterial',
  effect: 'write',
  input: {
    KeyId: required(KeyId),
    ImportToken: required(ImportToken),
    EncryptedKeyMaterial: required(EncryptedKeyMaterial),
    ValidTo,
    ExpirationModel,
    ImportType,
    KeyMaterialDescription,
    KeyMaterialId,
  },
  errors: [
    'DependencyTimeoutException',
    'ExpiredImportTokenException',
    'IncorrectKeyMaterialException',
    'InvalidArnException',
    'InvalidCiphertextException',
    'InvalidImportTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  audit: {
    response: ({ KeyId, KeyMaterialId }) => ({ keyId: KeyId, keyMaterialId: KeyMaterialId }),
    resources: (_, out) => keyResource(out?.KeyId),
  },
  async target({ KeyId, ValidTo, ExpirationModel = 'KEY_MATERIAL_EXPIRES' }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    return keyTarget(found.located, {
      more: { 'kms:ExpirationModel': ExpirationModel, 'kms:ValidTo': ValidTo?.toISOString() },
    })
  },
  async run(input, { keys, imports: importsOf, vault, found }, call) {
    const key = await keys.lock(present(kept(found.located)))
    if (key.origin !== 'EXTERNAL') throw wrongOrigin(key)
    requireState(key, 'import', call.now)
    const symmetric = key.spec === SYMMETRIC
    // Assumed: code and text. Source of the rule: API_ImportKeyMaterial.
    if (!symmetric && (input.ImportType !== undefined || input.KeyMaterialId !== undefined))
      throw new ApiError(
        'ValidationException',
        'ImportType and KeyMaterialId can only be specified for symmetric encryption keys.',
      )
    const expiresAt = expiryOf(input.ExpirationModel, input.ValidTo, call.now)
    const { algorithm, privateKey } = openImportToken(vault, key, input.ImportToken, call.now)
    const brought = unwrapped(privateKey, algorithm, input.EncryptedKeyMaterial)
    let material: Buffer | undefined
    try {
      material = fitMaterial(key.spec, brought)
      const materialId = materialIdOf(vault, key.id, material)
      const imports = importsOf()
      const known = await imports.of(key)
      const primary = await imports.primaryOf(key)
      const plan =
        primary === undefined
          ? planImport(key, known, materialId, input)
          : planReplica(known, await imports.of(primary), materialId, input)
      const before = known.find((each) => each.materialId === materialId)
      const description = input.KeyMaterialDescription ?? before?.description ?? ''
      const imported = { materialId, description, expiresAt }
      if (plan === 'again')
        await imports.renew(key, material, { ...imported, pending: before?.pending === true }, call.now)
      else {
        const stale = known.find((each) => each.pending)
        if (plan === 'pending' && stale !== undefined) await imports.forget(key, stale.materialId)
        await imports.add(key, material, { ...imported, pending: plan === 'pending' }, call.now)
      }
      return { KeyId: key.arn, ...(symmetric ? { KeyMaterialId: materialId } : {}) }
    } finally {
      brought.fill(0)
      material?.fill(0)
    }
  },
})
