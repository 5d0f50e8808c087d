import type { UpdateAliasRequest } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import { aliasTarget, keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { aliasNotFound, checkAliasName, refuseAliasAsTarget } from '../model/identifiers.ts'
import { aliasArn, type Key, typeOfSpec } from '../model/key.ts'
import { AliasName, KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { requireRoom } from './CreateAlias.ts'

/**
 * Leads an alias to another key of the same usage and type. Needs the permission on the alias (identity policies only), on
 * the key that it led to and on the new one. Source: API_UpdateAlias, kms.md 5.
 */
export const UpdateAlias = operation<UpdateAliasRequest, undefined>()({
  name: 'UpdateAlias',
  effect: 'write',
  input: { AliasName: required(AliasName), TargetKeyId: required(KeyId) },
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
  ],
  async target({ AliasName, TargetKeyId }, { keys, found }, call) {
    checkAliasName(AliasName)
    refuseAliasAsTarget(TargetKeyId)
    found.located = await locate(TargetKeyId, keys, call, OWN_KEY)
    const targets = [aliasTarget(aliasArn(call.account, call.region, AliasName)), keyTarget(found.located)]
    const keyId = await keys.target(call, AliasName)
    if (keyId === undefined) return targets
    found.other = await locate(keyId, keys, call, OWN_KEY)
    return [...targets, keyTarget(found.other)]
  },
  async run({ AliasName }, { keys, found }, call) {
    const arn = aliasArn(call.account, call.region, AliasName)
    if (found.other === undefined) throw aliasNotFound(arn)
    const [to, from] = [present(kept(found.located)), present(found.other)]
    requireState(to, 'alias', call.now)
    requireLike(from, to, arn)
    if (from.id !== to.id) requireRoom(to)
    await keys.moveAlias(call, AliasName, to.id, call.now)
    return undefined
  },
})

/** Refuses a key of another usage (text seen second-hand) or type (text assumed). Source: kms.md 5. */
function requireLike(from: Key, to: Key, alias: string): void {
  const cannot = `Alias ${alias} cannot be changed from a CMK with key`
  if (from.usage !== to.usage)
    throw new ApiError(
      'ValidationException',
      `${cannot} usage ${from.usage} to a CMK with key usage ${to.usage}. The key usage of the current CMK and the new CMK must be the same.`,
    )
  const [was, is] = [typeOfSpec(from.spec), typeOfSpec(to.spec)]
  // Assumed: the text; AWS says only that both must be of one type.
  if (was !== is)
    throw new ApiError(
      'ValidationException',
      `${cannot} type ${was} to a CMK with key type ${is}. The key type of the current CMK and the new CMK must be the same.`,
    )
}
